import Campaigns
import HTTPTypes
import JSONText
import Kernel
import Ledger
import Parties
import Postgres
import Tenancy
import TestSupport

/// A treasury whose first statement is sealed, and the people who settle it: two of the retailer's, one of the supplier's.
struct Settling: Sendable {
    let treasury: Treasury
    let statement: String
    let second: KeyToken

    var market: TestMarket { treasury.town.market }
    var supplier: KeyToken { treasury.town.treasurer }
    var first: KeyToken { treasury.treasurer }

    /// `payable` of the statement: 4 900 minor units; its lines as `Treasury.live` sold them.
    static func open(in market: TestMarket, heldBy holder: MoneyHolder = .retailer) async throws -> Settling {
        let treasury = try await Treasury.open(in: market)
        try await treasury.live()
        let (retailer, agreement) = (treasury.town.retailer, treasury.town.agreement)
        try await market.database.transaction(as: .platform) { tx in
            _ = try tx.execute(
                """
                UPDATE agreement SET money_holder = \(holder)
                WHERE retailer_id = \(retailer) AND agreement_id = \(agreement)
                """)
        }
        let statement = try await treasury.openStatement()
        let sealed = try await treasury.seal(statement)
        guard sealed.status == 200 else { throw Treasury.UnexpectedReply(sealed) }
        let second = try await market.key(
            of: retailer, .treasurer, person: try await market.makePerson(of: retailer, .treasurer))
        return Settling(treasury: treasury, statement: statement, second: second)
    }

    func post(_ path: String, as key: KeyToken, _ body: JSONValue? = [:], once: String? = nil) async throws -> TestClient.Reply {
        try await market.send(
            .post, "\(treasury.base)/\(path)", as: key, body,
            headers: [("Idempotency-Key", once ?? "once-\(market.clock.world.random())")])
    }

    func acknowledge(_ id: String? = nil, as key: KeyToken? = nil) async throws -> TestClient.Reply {
        try await post("statements/\(id ?? statement)/acknowledge", as: key ?? supplier, nil)
    }

    /// The lines of a kind that moved so much.
    func lines(_ kind: String, of minor: Int64) async throws -> [String] {
        try await treasury.get("statements/\(statement)/lines?limit=200&kind=\(kind)").json["data"].elements
            .filter { $0["amount"]["amount"] == .integer(minor) }.compactMap { $0["transfer_id"].string }
    }

    func line(_ kind: String, of minor: Int64) async throws -> String { try await lines(kind, of: minor).first ?? "" }

    func dispute(_ line: String, _ minor: Int64? = nil, as key: KeyToken? = nil) async throws -> TestClient.Reply {
        var body: [String: JSONValue] = ["transfer_id": .string(line), "reason": "It was another product."]
        if let minor { body["amount"] = Self.roubles(minor) }
        return try await post("statements/\(statement)/disputes", as: key ?? supplier, .object(body))
    }

    func uphold(_ dispute: String, _ minor: Int64? = nil, as key: KeyToken? = nil) async throws -> TestClient.Reply {
        var body: [String: JSONValue] = ["answer": "You are right."]
        if let minor { body["amount"] = Self.roubles(minor) }
        return try await post("disputes/\(dispute)/uphold", as: key ?? first, .object(body))
    }

    func reject(_ dispute: String, as key: KeyToken? = nil) async throws -> TestClient.Reply {
        try await post("disputes/\(dispute)/reject", as: key ?? first, ["answer": "The receipt shows it."])
    }

    func settle(_ dispute: String, as key: KeyToken? = nil, once: String? = nil) async throws -> TestClient.Reply {
        try await post("disputes/\(dispute)/settle", as: key ?? second, once: once)
    }

    func order(as key: KeyToken? = nil, of wallet: WalletID? = nil, once: String? = nil) async throws -> TestClient.Reply {
        try await post("wallets/\(wallet ?? treasury.town.wallet)/payments", as: key ?? first, once: once)
    }

    func pay(_ payment: String, _ reference: String? = nil, as key: KeyToken? = nil, once: String? = nil) async throws
        -> TestClient.Reply
    {
        let body: JSONValue = if let reference { ["bank_reference": .string(reference)] } else { [:] }
        return try await post("payments/\(payment)/pay", as: key ?? second, body, once: once)
    }

    /// Balances of a kind of account, of all owners.
    func balance(of kind: AccountKind) async throws -> Int64 {
        let retailer = treasury.town.retailer
        return try await market.database.read(as: .retailer(retailer)) { tx in
            try tx.one(
                """
                SELECT COALESCE(sum(credits_posted - debits_posted), 0)::bigint FROM account
                WHERE retailer_id = \(retailer) AND kind = \(kind)
                """
            ) { row in try row.next(Int64.self) }
        }
    }

    func settlementState(_ id: String? = nil) async throws -> String? {
        try await treasury.get("statements/\(id ?? statement)").json["settlement_state"].string
    }

    func events(_ type: String, as key: KeyToken) async throws -> [JSONValue] {
        try await market.get("\(treasury.base)/events?limit=1000", as: key).json["data"].elements.filter {
            $0["type"] == .string(type)
        }
    }

    /// 10 % off p3 for everybody in the week of 16 March, launched.
    func ownCampaign(fundedBy wallet: WalletID) async throws -> CampaignID {
        let (town, retailer) = (treasury.town, treasury.town.retailer)
        let marketer = try await market.key(
            of: retailer, .marketer, .treasurer, person: try await market.makePerson(of: retailer, .marketer, .treasurer))
        let campaign: CampaignID = try await market.post(
            town.path, as: marketer,
            [
                "name": "Own", "products": ["ids": ["p3"]], "reward": ["type": "percent_off", "basis_points": 1_000],
                "starts_at": "2026-03-16T00:00:00", "ends_at": "2026-03-23T00:00:00",
                "limits": ["units_per_shopper": 100, "units_per_receipt": 10], "budget": Self.roubles(20_000),
                "eligibility": ["type": "everyone"], "funding": [["wallet_id": .string("\(wallet)"), "kind": "remainder"]],
            ]
        ).id()
        try await town.act(campaign, "submit", as: marketer)
        try await town.act(campaign, "approve", as: town.approver)
        try await town.act(campaign, "launch", as: marketer)
        return campaign
    }

    static func roubles(_ minor: Int64) -> JSONValue { ["amount": .integer(minor), "currency": "RUB"] }
}

extension TestClient.Reply {
    /// Status and code of a refusal, for short expectations.
    var said: String { "\(status) \(json["code"].string ?? "")" }
    var idText: String { json["id"].string ?? "" }
}

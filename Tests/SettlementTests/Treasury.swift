import App
import Campaigns
import HTTPTypes
import JSONText
import Kernel
import Ledger
import Parties
import Postgres
import Tenancy
import TestSupport

/// A town with a till and treasurers on both sides: a campaign gives 15 % off p1 and p2 to everybody, for a fee of 10 %; of
/// what no quote allows the supplier bears up to 4.00 a month.
struct Treasury: Sendable {
    let town: CampaignTown
    let campaign: CampaignID
    let till: KeyToken
    /// The retailer's, a person.
    let treasurer: KeyToken

    static func open(in market: TestMarket) async throws -> Treasury {
        market.clock.set(TestClock().now)
        let town = try await CampaignTown.make(
            in: market, feeBP: 1_000,
            unfundedBearers: ["no_quote": ["bearer": "supplier", "cap": ["amount": 400, "currency": "RUB"]]])
        let treasurer = try await market.key(
            of: town.retailer, .treasurer, person: try await market.makePerson(of: town.retailer, .treasurer))
        let campaign = try await town.launched(["limits": ["units_per_shopper": 100, "units_per_receipt": 10, "units": 1_000]])
        try await town.advance(to: "2026-03-09T09:00:00Z")
        return Treasury(
            town: town, campaign: campaign, till: try await market.key(of: town.retailer, .till),
            treasurer: treasurer)
    }

    var base: String { "/v1/retailers/\(town.retailer)" }

    /// Paid in full, in part, not at all; returned.
    func live() async throws {
        try await sell("1", "p1", 10_000, discount: 1_500)
        try await sell("2", "p2", 20_000, discount: 3_000)
        try await sell("3", "p1", 10_000, discount: 2_000)
        try await sell("4", "p3", 5_000, discount: 500)
        try await takeBack("5", of: "1", "p1", 10_000, discount: 1_500)
    }

    @discardableResult
    func sell(
        _ number: String, _ product: String, _ base: Int64, discount: Int64, day: String = "2026-03-09",
        naming named: CampaignID? = nil
    ) async throws -> JSONValue {
        try await post([
            "store_id": "s1", "till": "1", "business_day": .string(day), "number": .string(number),
            "sold_at": .string("\(day)T09:00:00Z"),
            "lines": [
                [
                    "line_no": 1, "product_id": .string(product), "quantity_milli": 1_000, "unit": "piece",
                    "regular_amount": .integer(base), "base_amount": .integer(base), "vat_rate_bp": 1_000,
                    "paid_amount": .integer(base - discount),
                    "discounts": [["campaign_id": .string("\(named ?? campaign)"), "amount": .integer(discount)]],
                ]
            ],
        ])
    }

    @discardableResult
    func takeBack(
        _ number: String, of sale: String, _ product: String, _ base: Int64, discount: Int64, day: String = "2026-03-09"
    ) async throws -> JSONValue {
        try await post([
            "store_id": "s1", "till": "2", "business_day": .string(day), "number": .string(number), "kind": "return",
            "sold_at": .string("\(day)T09:00:00Z"),
            "lines": [
                [
                    "line_no": 1, "product_id": .string(product), "quantity_milli": 1_000, "unit": "piece",
                    "regular_amount": .integer(base), "base_amount": .integer(base), "paid_amount": .integer(base - discount),
                    "original": [
                        "key": ["store_id": "s1", "till": "1", "business_day": "2026-03-09", "number": .string(sale)],
                        "line_no": 1,
                    ],
                ]
            ],
        ])
    }

    private func post(_ receipt: JSONValue) async throws -> JSONValue {
        let reply = try await town.market.post("\(base)/receipts", as: till, receipt)
        guard reply.status == 201 else { throw Refused(action: "receipt", status: reply.status, body: reply.text) }
        return reply.json["discounts"][0]
    }

    /// The id of the wallet's open statement.
    func openStatement() async throws -> String {
        let list = try await get("statements?state=open&wallet_id=\(town.wallet)")
        return list.json["data"][0]["id"].string ?? ""
    }

    func get(_ path: String, as key: KeyToken? = nil) async throws -> TestClient.Reply {
        try await town.market.get("\(base)/\(path)", as: key ?? treasurer)
    }

    func seal(_ statement: String, as key: KeyToken? = nil, once: String? = nil) async throws -> TestClient.Reply {
        try await town.market.send(
            .post, "\(base)/statements/\(statement)/seal", as: key ?? treasurer, nil,
            headers: [("Idempotency-Key", once ?? "seal-\(town.market.clock.world.random())")])
    }

    /// All rows of a list, page by page.
    func all(_ path: String, limit: Int, as key: KeyToken? = nil) async throws -> [JSONValue] {
        var (rows, cursor) = ([JSONValue](), "")
        while true {
            let page = try await get("\(path)?limit=\(limit)\(cursor)", as: key)
            guard case .array(let data) = page.json["data"] else { throw UnexpectedReply(page) }
            rows += data
            guard let next = page.json["next_cursor"].string else { return rows }
            cursor = "&cursor=\(next)"
        }
    }

    /// What `verify` finds, of all checks.
    func findings() async throws -> [String] {
        let verification = Verification(town.market.database)
        var found: [String] = []
        for check in Marketplace.checks {
            let report = try await verification.run(check, of: town.retailer)
            found += report.examples.map { "\(check.name) \($0.subject): \($0.detail)" }
        }
        return found
    }

    struct UnexpectedReply: Error {
        let status: Int
        let text: String

        init(_ reply: TestClient.Reply) { (status, text) = (reply.status, reply.text) }
    }
}

/// The figures of a statement in minor units, by name.
func figures(_ statement: JSONValue) -> [String: Int64] {
    guard case .object(let members) = statement else { return [:] }
    return members.compactMapValues { $0["amount"].integer }
}

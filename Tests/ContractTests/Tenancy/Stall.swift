import Campaigns
import HTTPTypes
import JSONText
import Kernel
import Ledger
import Parties
import Postgres
import Tenancy
import TestSupport

/// A supplier at a retailer with one of everything that it can have there: campaigns with sales, a sealed statement, money
/// that is asked for, an audience, an endpoint with deliveries, people, an auditor. All of it bears one word of its own.
struct Stall: Sendable {
    let town: CampaignTown
    let marker: String
    let admin: KeyToken
    /// Ids by the name of their path parameter.
    private(set) var ids: [String: String] = [:]

    private var market: TestMarket { town.market }
    private var base: String { "/v1/retailers/\(town.retailer)" }

    /// The campaigns start on 2026-03-09; the clock is set back for it.
    static func open(
        at retailer: RetailerID, as supplier: SupplierID, marker: String, in market: TestMarket
    ) async throws -> Stall {
        market.clock.set(TestClock().now)
        let town = try await CampaignTown.join(
            retailer, as: supplier, in: market, feeBP: 1_000,
            unfundedBearers: ["no_quote": ["bearer": "supplier", "cap": ["amount": 400, "currency": "RUB"]]])
        var stall = Stall(town: town, marker: marker, admin: try await market.key(of: supplier, .admin))
        stall.ids = [
            "retailer_id": "\(retailer)", "supplier_id": "\(supplier)", "agreement_id": "\(town.agreement)",
            "wallet_id": "\(town.wallet)", "key_id": "\(try await market.key(of: supplier, .analyst).id)",
            "person_id": "\(try await market.makePerson(of: supplier, .analyst))",
        ]
        try await stall.nameResponsible()
        try await stall.plan()
        return stall
    }

    private func nameResponsible() async throws {
        let (retailer, agreement) = (town.retailer, town.agreement)
        guard let person = ids["person_id"].flatMap(PersonID.init) else { return }
        _ = try await market.database.transaction(as: .platform) { tx in
            for side in ["supplier", "retailer"] {
                try tx.execute(
                    """
                    INSERT INTO agreement_person (retailer_id, agreement_id, side, person_id)
                    VALUES (\(retailer), \(agreement), \(side), \(person))
                    """)
            }
        }
    }

    /// What is there before anything is sold.
    private mutating func plan() async throws {
        let audience = try await made(
            "audiences", as: town.marketer, ["name": .string(marker), "predicate": ["tags": ["any": ["vip"]]]])
        ids["audience_id"] = audience
        ids["endpoint_id"] = try await made(
            "endpoints", as: admin, ["url": .string("http://127.0.0.1:1/\(marker)"), "description": .string(marker), "v1a": true])
        let campaign = try await town.launched([
            "name": .string(marker), "limits": ["units_per_shopper": 100, "units_per_receipt": 10],
        ])
        ids["campaign_id"] = "\(campaign)"
        _ = try await town.act(campaign, "forecast", as: town.marketer)
        let wanted: JSONValue = ["budget": ["amount": 600_000, "currency": "RUB"], "reason": .string(marker)]
        ids["change_id"] = try await town.act(campaign, "changes", as: town.treasurer, wanted).json["id"].string
        _ = try await town.launched([
            "name": .string("\(marker) members"), "products": ["ids": ["p2"]], "stores": ["ids": ["s1"]],
            "budget": ["amount": 100_000, "currency": "RUB"],
            "eligibility": ["type": "audience", "audience_id": .string(audience), "version": 1],
        ])
        ids["top_up_id"] = try await made(
            "wallets/\(town.wallet)/top-ups", as: town.treasurer, ["amount": ["amount": 777, "currency": "RUB"]])
    }

    /// Sells under its campaign, takes back, keeps a quote, seals the statement. `till` keeps receipts of stalls apart.
    mutating func trade(at till: String, as key: KeyToken, sealedBy treasurer: KeyToken) async throws {
        let campaign = ids["campaign_id"] ?? ""
        _ = try await posted("receipts", as: key, Self.receipt("1", at: till, product: "p1", 10_000, 1_500, campaign))
        _ = try await posted("receipts", as: key, Self.receipt("2", at: till, product: "p3", 5_000, 500, campaign))
        _ = try await posted("receipts", as: key, Self.receipt("3", at: till, product: "p2", 20_000, 3_000, campaign))
        _ = try await posted("receipts", as: key, Self.back("4", of: "1", at: till))
        let open = try await market.get("\(base)/statements?state=open&wallet_id=\(town.wallet)", as: treasurer)
        let statement = open.json["data"][0]["id"].string ?? ""
        ids["statement_id"] = statement
        let sealed = try await market.send(
            .post, "\(base)/statements/\(statement)/seal", as: treasurer, nil, headers: [("Idempotency-Key", marker)])
        guard sealed.status == 200 else { throw Refused(action: "seal", status: sealed.status, body: sealed.text) }
        let lines = try await market.get("\(base)/statements/\(statement)/lines", as: treasurer)
        let moved = try await market.get("\(base)/wallets/\(town.wallet)/movements?kind=top_up", as: treasurer)
        ids["correction_id"] = try await made(
            "corrections", as: treasurer, ["transfer_id": moved.json["data"][0]["transfer_id"], "reason": .string(marker)])
        ids["redemption_id"] = lines.json["data"].elements.lazy.compactMap { $0["redemption"]["redemption_id"].string }.first
        _ = try await posted("receipts", as: key, Self.receipt("5", at: till, product: "p1", 10_000, 1_500, campaign))
        try await settle(statement, lines.json["data"].elements, treasurer)
    }

    /// Disputes a line of the sealed statement; acknowledges the next one, which the retailer orders to be paid.
    private mutating func settle(_ statement: String, _ lines: [JSONValue], _ treasurer: KeyToken) async throws {
        let line = lines.first { $0["kind"] == "redemption" }?["transfer_id"] ?? .null
        ids["dispute_id"] = try await made(
            "statements/\(statement)/disputes", as: town.treasurer, ["transfer_id": line, "reason": .string(marker)])
        let open = try await market.get("\(base)/statements?state=open&wallet_id=\(town.wallet)", as: treasurer)
        let next = open.json["data"][0]["id"].string ?? ""
        for (step, key) in [("seal", treasurer), ("acknowledge", town.treasurer)] {
            let reply = try await market.send(
                .post, "\(base)/statements/\(next)/\(step)", as: key, nil, headers: [("Idempotency-Key", "\(step)-\(next)")])
            guard reply.status == 200 else { throw Refused(action: step, status: reply.status, body: reply.text) }
        }
        ids["payment_id"] = try await made("wallets/\(town.wallet)/payments", as: treasurer, [:])
    }

    /// Both sides let an auditor see the agreement.
    mutating func letAuditorIn() async throws {
        let (retailer, supplier) = (town.retailer, town.supplier)
        let own = try await market.key(of: supplier, .admin, person: try await market.makePerson(of: supplier, .admin))
        let theirs = try await market.key(of: retailer, .admin, person: try await market.makePerson(of: retailer, .admin))
        let grant = try await made(
            "agreements/\(town.agreement)/auditor-grants", as: own, ["name": .string(marker), "reason": .string(marker)])
        for step in ["grant", "key"] {
            let reply = try await market.send(.post, "\(base)/auditor-grants/\(grant)/\(step)", as: theirs, nil)
            guard reply.status < 300 else { throw Refused(action: step, status: reply.status, body: reply.text) }
        }
        ids["auditor_grant_id"] = grant
    }

    /// Whoever audits its agreement.
    var auditor: Organisation {
        let grant = ids["auditor_grant_id"].flatMap(AuditorGrantID.init)?.value ?? Identifier(high: 0, low: 0)
        return .auditor(
            AuditorMandate(grant: grant, retailer: town.retailer, supplier: town.supplier, agreement: town.agreement.value))
    }

    mutating func openDoor() async throws {
        ids.merge(try await market.openDoor(of: town.supplier, marker: marker)) { $1 }
    }

    /// After the worker's round.
    mutating func findDelivery() async throws {
        let endpoint = ids["endpoint_id"] ?? ""
        let deliveries = try await market.get("\(base)/endpoints/\(endpoint)/deliveries", as: admin)
        ids["delivery_id"] = deliveries.json["data"].elements.first { $0["attempts"].integer ?? 0 > 0 }?["id"].string
    }

    private func made(_ path: String, as key: KeyToken, _ body: JSONValue) async throws -> String {
        try await posted(path, as: key, body).json["id"].string ?? ""
    }

    private func posted(_ path: String, as key: KeyToken, _ body: JSONValue) async throws -> TestClient.Reply {
        let reply = try await market.post(
            "\(base)/\(path)", as: key, body, headers: [("Idempotency-Key", "\(market.clock.world.random())")])
        guard reply.status == 201 else { throw Refused(action: path, status: reply.status, body: reply.text) }
        return reply
    }

    private static func receipt(
        _ number: String, at till: String, product: String, _ base: Int64, _ discount: Int64, _ campaign: String
    ) -> JSONValue {
        [
            "store_id": "s1", "till": .string(till), "business_day": "2026-03-09", "number": .string(number),
            "sold_at": "2026-03-09T09:00:00Z", "shopper_id": "h1",
            "lines": [
                [
                    "line_no": 1, "product_id": .string(product), "quantity_milli": 1_000, "unit": "piece",
                    "regular_amount": .integer(base), "base_amount": .integer(base), "vat_rate_bp": 1_000,
                    "paid_amount": .integer(base - discount),
                    "discounts": [["campaign_id": .string(campaign), "amount": .integer(discount)]],
                ]
            ],
        ]
    }

    private static func back(_ number: String, of sale: String, at till: String) -> JSONValue {
        [
            "store_id": "s1", "till": .string(till), "business_day": "2026-03-09", "number": .string(number),
            "kind": "return", "sold_at": "2026-03-09T09:00:00Z",
            "lines": [
                [
                    "line_no": 1, "product_id": "p1", "quantity_milli": 1_000, "unit": "piece",
                    "regular_amount": 10_000, "base_amount": 10_000, "paid_amount": 8_500,
                    "original": [
                        "key": [
                            "store_id": "s1", "till": .string(till), "business_day": "2026-03-09", "number": .string(sale),
                        ], "line_no": 1,
                    ],
                ]
            ],
        ]
    }
}

import App
import Campaigns
import Catalogue
import EventLog
import JSONText
import Kernel
import Ledger
import Offers
import Parties
import Postgres
import Shoppers
import Tenancy
import TestSupport
import Webhooks

/// A retailer with one of everything that a tenant can have, and suppliers that compete there.
struct TenantTown: Sendable {
    let market: TestMarket
    let retailer: RetailerID
    let marker: String
    /// Ids of the retailer's own things by the name of their path parameter.
    private(set) var ids: [String: String] = [:]
    private(set) var stalls: [Stall] = []
    private let till: KeyToken
    private let treasurer: KeyToken

    private var base: String { "/v1/retailers/\(retailer)" }

    static func open(_ marker: String, in market: TestMarket) async throws -> TenantTown {
        market.clock.set(TestClock().now)
        let made = try await market.post(
            "/v1/retailers", as: market.platform,
            ["name": .string(marker), "currency": "RUB", "zone": "Europe/Moscow", "language": "ru"])
        let retailer: RetailerID = try made.id()
        try await CampaignTown.addCatalogue(to: retailer, in: market)
        let person = try await market.makePerson(of: retailer, .treasurer)
        var town = TenantTown(
            market: market, retailer: retailer, marker: marker, till: try await market.key(of: retailer, .till),
            treasurer: try await market.key(of: retailer, .treasurer, person: person))
        town.ids = [
            "retailer_id": "\(retailer)", "store_id": "s1", "product_id": "p1", "brand_id": "dairy", "category_id": "milk",
            "price_zone_id": "z1", "kind": "cost", "shopper_id": "h1", "tag": "vip", "business_day": "2026-03-02",
            "till": "own", "shift": "-", "number": "1", "trait": "milk_lover",
            "person_id": "\(try await market.makePerson(of: retailer, .analyst))",
            "key_id": "\(try await market.key(of: retailer, .analyst).id)",
        ]
        try await town.furnish()
        return town
    }

    /// A supplier opens and trades; the clock stands at noon of the campaigns' first day afterwards.
    mutating func add(_ supplier: SupplierID, marker: String) async throws {
        var stall = try await Stall.open(at: retailer, as: supplier, marker: marker, in: market)
        market.clock.set(Instant("2026-03-09T09:00:00Z")!)
        try await market.marketplace.campaignClock.advance(market.clock.now, at: retailer)
        try await market.marketplace.offerClock.advance(retailer, at: market.clock.now)
        try await stall.trade(at: "till-\(stalls.count)", as: till, sealedBy: treasurer)
        try await stall.letAuditorIn()
        try await market.marketplace.ledgerSealer.seal(retailer)
        try await market.marketplace.dayCloser.close(retailer)
        // A basket gets all that runs: only the first stall's campaign is to keep money for one.
        if stalls.isEmpty {
            try await hold(for: stall)
            try await link(supplier)
            ids.merge(try await market.openDoor(of: retailer, marker: marker)) { $1 }
        }
        try await stall.openDoor()
        stalls.append(stall)
    }

    /// The worker delivers what there is to deliver, to nobody who listens.
    mutating func deliver() async throws {
        while try await market.marketplace.delivery.deliverOnce(for: retailer) > 0 {}
        try await SpendCounter(market.database, entriesLeft: 1).count(retailer)
        let (retailer, supplier) = (retailer, stalls[0].town.supplier)
        try await market.database.transaction(as: .worker(retailer)) { tx in
            _ = try tx.removeProfileChanges(of: retailer, olderThanSeconds: 0, rowsMax: 1)
            // As when events that named it were kept no longer.
            try tx.execute(
                "INSERT INTO pruned_of_supplier (retailer_id, supplier_id, position) VALUES (\(retailer), \(supplier), 1)")
            // As a node leaves one that is at work.
            try tx.execute(
                """
                INSERT INTO delivery_span (
                    retailer_id, span_id, node_id, after_position, until_position, lease_until, endpoint_ids, slots
                )
                VALUES (
                    \(retailer), gen_random_uuid(), gen_random_uuid(), 0, 1, clock_timestamp() + interval '45 seconds', '{}', '{}'
                )
                """)
        }
        try await market.database.transaction(as: .retailer(retailer)) { tx in
            try tx.execute("INSERT INTO totals_told (retailer_id, told_until) VALUES (\(retailer), clock_timestamp())")
            // As where others took over what one could not pay.
            try tx.execute(
                """
                INSERT INTO held_share (retailer_id, quote_id, line_no, campaign_id, account_id, discount_amount)
                SELECT held.retailer_id, held.quote_id, held.line_no, held.campaign_id, account.account_id, 1
                FROM held_discount AS held
                JOIN account ON account.retailer_id = \(retailer) AND account.campaign_id = held.campaign_id
                WHERE held.retailer_id = \(retailer)
                LIMIT 1
                """)
            // What its app told.
            try tx.pipeline([
                """
                INSERT INTO offer_activation (retailer_id, campaign_id, shopper_key, activated_at)
                SELECT retailer_id, campaign_id, 1, clock_timestamp() FROM campaign WHERE retailer_id = \(retailer) LIMIT 1
                """,
                """
                INSERT INTO campaign_depth (retailer_id, campaign_id, depth_bp, shown, holdout)
                SELECT retailer_id, campaign_id, 1000, shown, holdout
                FROM campaign_members
                WHERE retailer_id = \(retailer)
                LIMIT 1
                """,
                """
                INSERT INTO offer_attention (retailer_id, campaign_id, shopper_key, impressions, seen_at)
                SELECT retailer_id, campaign_id, 1, 1, clock_timestamp() FROM campaign WHERE retailer_id = \(retailer) LIMIT 1
                """,
                """
                INSERT INTO offer_reach (retailer_id, campaign_id, business_day, slot, impressions, clicks, activations, shoppers)
                SELECT retailer_id, campaign_id, '2026-03-09', 0, 1, 0, 1, 1 FROM campaign WHERE retailer_id = \(retailer)
                """,
            ])
            // One shopper in a hundred has such a row, and this town has few.
            try tx.execute(
                """
                INSERT INTO offer_decision (
                    retailer_id, shopper_key, period_starts_on, period_ends_on, decided_at, campaigns, models, scores, pacing, depths_bp,
                    verdicts, shown_bp
                )
                VALUES (
                    \(retailer), 1, '2026-02-23', '2026-03-01', clock_timestamp(), '{}', '{}', '{}', '{}', '{}', '{}', '{}'
                )
                """)
        }
        for index in stalls.indices { try await stalls[index].findDelivery() }
        let path = "\(base)/endpoints/\(ids["endpoint_id"] ?? "")/deliveries"
        ids["delivery_id"] = try await market.get(path, as: try await key(.admin)).json["data"][0]["id"].string
    }

    private func link(_ supplier: SupplierID) async throws {
        let product = Product(id: "p5", name: marker, suppliers: [supplier])
        let retailer = retailer
        _ = try await market.load(retailer) { tx, now in try tx.upsert([product], of: retailer, at: now) }
    }

    /// A basket that the stall's campaign keeps money for, at a price that has moved.
    private mutating func hold(for stall: Stall) async throws {
        let quote = try await market.post(
            "\(base)/quotes", as: till,
            [
                "store_id": "s1", "basket_id": .string(stall.marker), "hold": true,
                "lines": [
                    [
                        "line_no": 1, "product_id": "p1", "quantity_milli": 1_000, "unit": "piece", "regular_amount": 20_000,
                        "base_amount": 20_000,
                    ]
                ],
            ])
        ids["quote_id"] = quote.json["quote_id"].string
    }

    func key(_ role: RetailerRole) async throws -> KeyToken { try await market.key(of: retailer, role) }

    private mutating func furnish() async throws {
        try await stockShoppers()
        let (admin, marketer, feed) = (try await key(.admin), try await key(.marketer), try await key(.feed))
        let zone = try await market.put("\(base)/price-zones/z1", as: admin, ["name": .string(marker)])
        guard zone.status < 300 else { throw Refused(action: "price zone", status: zone.status, body: zone.text) }
        _ = try await market.put(
            "\(base)/traits/milk_lover", as: admin,
            ["description": .string(marker), "rule": ["categories": ["milk"], "min_receipts": 3]])
        let predicate: JSONValue = ["name": .string(marker), "predicate": ["spend": ["gte": 100_000]]]
        ids["audience_id"] = try await made("audiences", as: marketer, predicate)
        ids["endpoint_id"] = try await made(
            "endpoints", as: admin, ["url": .string("http://127.0.0.1:1/\(marker)"), "v1a": true])
        let wallet = try await made("wallets", as: treasurer, ["name": .string(marker)])
        ids["wallet_id"] = wallet
        _ = try await made(
            "wallets/\(wallet)/allocations", as: treasurer,
            ["amount": ["amount": 5_000, "currency": "RUB"], "reason": .string(marker)])
        let moved = try await market.get("\(base)/wallets/\(wallet)/movements", as: treasurer)
        ids["correction_id"] = try await made(
            "corrections", as: treasurer, ["transfer_id": moved.json["data"][0]["transfer_id"], "reason": .string(marker)])
        ids["campaign_id"] = try await made("campaigns", as: marketer, ownCampaign(wallet))
        ids["statement_id"] =
            try await market.get("\(base)/statements?wallet_id=\(wallet)", as: treasurer).json["data"][0]["id"].string
        ids["import_id"] = try await load(as: feed)
        let product = try await market.put(
            "\(base)/products/p4", as: admin, ["name": .string(marker), "gtins": ["4600000000015"], "brand_id": "other"])
        guard product.status < 300 else { throw Refused(action: "product", status: product.status, body: product.text) }
        for (number, day) in [("1", "2026-03-02"), ("2", "2019-03-02")] { _ = try await sell(number, on: day) }
    }

    private func ownCampaign(_ wallet: String) -> JSONValue {
        [
            "name": .string(marker), "products": ["ids": ["p3"]], "reward": ["type": "percent_off", "basis_points": 500],
            "starts_at": "2026-03-09T00:00:00", "ends_at": "2026-03-16T00:00:00",
            "limits": ["units_per_shopper": 3, "units_per_receipt": 2], "budget": ["amount": 1_000, "currency": "RUB"],
            "depth_by_shopper": ["rules": [["rule": "missing_category", "depth_bp": 500]], "otherwise_bp": 300],
            "eligibility": ["type": "audience", "audience_id": .string(ids["audience_id"] ?? ""), "version": 1],
            "funding": [["wallet_id": .string(wallet), "kind": "remainder"]],
        ]
    }

    /// Sixty shoppers with one tag; a floor so low that the noise of suppliers' counts never hides them.
    private func stockShoppers() async throws {
        let shoppers = try await market.makeShoppers(60, of: retailer)
        let retailer = retailer
        try await market.load(retailer) { tx, now in
            _ = try tx.execute("UPDATE policy SET privacy_floor = 10 WHERE retailer_id = \(retailer)")
            _ = try tx.upsert(shoppers.keys.map { TagMembership(tag: TagName("vip")!, shopper: $0) }, of: retailer, at: now)
        }
    }

    private func load(as feed: KeyToken) async throws -> String? {
        let lines = #"{"tag": "vip", "shopper_id": "h1"}"# + "\n" + #"{"nonsense": "\#(marker)"}"# + "\n"
        let reply = try await market.upload(
            "\(base)/imports/tags", as: feed, Array(lines.utf8), type: "application/x-ndjson")
        // A return whose sale nobody knows: the report of a file says so.
        let receipts =
            #"{"store_id": "s1", "till": "file", "business_day": "2026-03-01", "number": "1", "kind": "return", "#
            + #""sold_at": "2026-03-01T09:00:00Z", "lines": [{"line_no": 1, "product_id": "p3", "quantity_milli": 1000, "#
            + #""regular_amount": 5000, "base_amount": 5000}]}"# + "\n"
        _ = try await market.upload(
            "\(base)/imports/receipts", as: feed, Array(receipts.utf8), type: "application/x-ndjson")
        return reply.json["id"].string
    }

    private func sell(_ number: String, on day: String) async throws -> TestClient.Reply {
        try await market.post(
            "\(base)/receipts", as: till,
            [
                "store_id": "s1", "till": "own", "business_day": .string(day), "number": .string(number),
                "sold_at": .string("\(day)T09:00:00Z"), "shopper_id": "h1",
                "lines": [
                    [
                        "line_no": 1, "product_id": "p3", "quantity_milli": 1_000, "unit": "piece", "regular_amount": 5_000,
                        "base_amount": 5_000, "paid_amount": 5_000,
                    ]
                ],
            ])
    }

    private func made(_ path: String, as key: KeyToken, _ body: JSONValue) async throws -> String {
        let reply = try await market.post(
            "\(base)/\(path)", as: key, body, headers: [("Idempotency-Key", "\(market.clock.world.random())")])
        guard reply.status == 201, let id = reply.json["id"].string else {
            throw Refused(action: path, status: reply.status, body: reply.text)
        }
        return id
    }
}

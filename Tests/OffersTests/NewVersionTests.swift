import App
import Campaigns
import Catalogue
import EventLog
import JSONText
import Kernel
import Ledger
import Parties
import Postgres
import Shoppers
import Tenancy
import TestSupport
import Testing

/// A running campaign gets other products and another audience by a new version (DOMAIN 4 and 5): what was promised stays until the
/// offer period ends, then the new one is granted.
@Suite struct NewVersionTests {
    @Test func `who was promised the old products has them until the period ends, then the new audience gets the new ones`()
        async throws
    {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market, shoppers: 120)
            let campaign = try await town.running()
            let till = try await VersionTill(town, campaign)
            // The town's wallet was filled past the treasurers, which is found.
            let found = try await town.findings()
            let gold = try await town.gold()
            let proposed = try await town.change(
                campaign,
                [
                    "products": ["ids": ["p2"]],
                    "eligibility": ["type": "audience", "audience_id": gold, "version": 1],
                ])
            #expect((proposed.status, proposed.json["state"]) == (200, "proposed"))
            #expect(proposed.json["products"] == ["after": ["ids": ["p2"]], "count_before": 1, "count_after": 1])
            #expect(proposed.json["made_version"] == nil && proposed.json["in_force_from"] == nil)
            #expect(try await till.given("h1") == ["p1": 1_500])

            let applied = try await town.approve(proposed, of: campaign)
            #expect((applied.status, applied.json["state"]) == (200, "applied"), "\(applied.text)")
            #expect((applied.json["made_version"], applied.json["in_force_from"]) == (2, "2026-03-16"))

            // Until Sunday night, by the old version, for the old audience alone.
            try await town.advance(to: "2026-03-15T20:00:00Z")
            #expect(try await town.products(shownTo: "h1") == ["p1"])
            #expect(try await till.given("h1") == ["p1": 1_500])
            #expect(try await till.given("h100") == ["p1": 1_500])
            let held = try await till.quote("h1", hold: "basket-1")

            // From Monday on, by the new one.
            try await town.advance(to: "2026-03-15T21:00:30Z")
            #expect(try await town.products(shownTo: "h1") == [])
            #expect(try await town.products(shownTo: "h100") == ["p2"])
            #expect(try await till.given("h1") == [:])
            #expect(try await till.given("h100") == ["p2": 3_000])
            #expect(try await town.grants() == ["1 2026-03-09 2026-03-15 120", "2 2026-03-16 2026-03-22 60"])

            // The hold is honoured; sales that are told of late are judged by the version of their day.
            let (sunday, monday) = ("2026-03-15T20:00:00Z", "2026-03-15T21:00:30Z")
            #expect(try await till.sold("1", "p1", to: "h1", at: monday, on: held) == "1500 nil 1")
            #expect(try await till.sold("2", "p1", to: "h2", at: sunday) == "1500 nil 1")
            #expect(try await till.sold("3", "p2", to: "h100", at: sunday) == "0 no_quote nil")
            #expect(try await till.sold("4", "p2", to: "h100", at: monday) == "3000 nil 2")
            #expect(try await till.sold("5", "p1", to: "h100", at: monday) == "0 no_quote nil")
            #expect(try await till.sold("6", "p2", to: "h3", at: monday) == "0 no_quote nil")

            // One budget over all versions.
            let spend = try await market.get("\(town.path)/campaigns/\(campaign)/spend", as: town.treasurer).json
            #expect((spend["budget"]["amount"], spend["captured"]["amount"], spend["units"]) == (500_000, 6_000, 3))
            let changed = try await town.events("campaign.changed").map { try JSONReader.parse($0.data) }
            #expect(changed.map { $0["products"] } == [["before": 1, "after": 1]])
            #expect(changed.map { $0["in_force_from"] } == ["2026-03-16"] && changed[0]["version"] == 2)
            #expect(try await town.findings() == found)
        }
    }

    @Test func `other products alone keep the audience, and a campaign that has not started begins with them`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            let campaign = try await town.running(launchedAt: "2026-03-02T12:00:00Z")
            let till = try await VersionTill(town, campaign)
            let first = try await town.change(campaign, ["products": ["ids": ["p1", "p2"]]])
            market.clock.advance(seconds: 60)
            let second = try await town.change(campaign, ["products": ["ids": ["p2"]]])
            let list = try await market.get("\(town.path)/campaigns/\(campaign)/changes", as: town.marketer).json["data"]
            let applied = try await town.approve(second, of: campaign)
            try await town.advance(to: "2026-03-16T09:00:00Z")

            #expect(first.json["products"]["count_after"] == 2)
            #expect(list.elements.map { $0["state"] } == ["withdrawn", "proposed"])
            #expect(applied.json["made_version"] == 2 && applied.json["eligibility"] == nil)
            #expect(try await till.given("h1") == ["p2": 3_000])
            #expect(try await town.grants().last == "2 2026-03-16 2026-03-22 60")
            let products = { (version: String) in
                try await market.get("\(town.path)/campaigns/\(campaign)/products\(version)", as: town.marketer)
                    .json["data"].elements.map { $0["product_id"] }
            }
            #expect(try await products("") == ["p2"])
            #expect(try await products("?version=1") == ["p1"])
        }
    }

    @Test func `a version that is replaced before its day never was in force`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            let campaign = try await town.running()
            let till = try await VersionTill(town, campaign)
            for products in [["p2"], ["p1", "p2"]] as [[JSONValue]] {
                let wanted = try await town.change(campaign, ["products": ["ids": .array(products)]])
                #expect(try await town.approve(wanted, of: campaign).json["in_force_from"] == "2026-03-16")
            }
            try await town.advance(to: "2026-03-14T09:00:00Z")
            #expect(try await till.given("h1") == ["p1": 1_500])
            try await town.advance(to: "2026-03-16T09:00:00Z")

            #expect(try await till.given("h1") == ["p1": 1_500, "p2": 3_000])
            #expect(try await town.grants() == ["1 2026-03-09 2026-03-15 60", "3 2026-03-16 2026-03-22 60"])
        }
    }

    @Test func `a promise that would outlast a version ends with it`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            try await town.setOfferPeriod("day")
            let campaign = try await town.running()
            let wanted = try await town.change(campaign, ["products": ["ids": ["p2"]]])
            #expect(try await town.approve(wanted, of: campaign).json["in_force_from"] == "2026-03-10")
            // Now a period is a week: of this one the grant of Monday is made, and the next begins with the version.
            try await town.setOfferPeriod("week")
            try await town.advance(to: "2026-03-10T09:00:00Z")

            #expect(try await town.grants() == ["1 2026-03-09 2026-03-09 60", "2 2026-03-10 2026-03-15 60"])
        }
    }

    @Test func `an open campaign's offers say how long they are about the same, and change for everybody at once`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            let campaign = try await town.running(["eligibility": ["type": "everyone"]])
            let till = try await VersionTill(town, campaign)
            // The town's wallet was filled past the treasurers, which is found.
            let found = try await town.findings()
            let before = try await town.offers(of: "h1").json["data"][0]["valid_until"]
            let wanted = try await town.change(campaign, ["products": ["ids": ["p2"]]])
            _ = try await town.approve(wanted, of: campaign)
            let after = try await town.offers(of: "h1").json["data"][0]["valid_until"]
            #expect(try await till.given("stranger") == ["p1": 1_500])
            try await town.advance(to: "2026-03-16T09:00:00Z")

            #expect((before, after) == ("2026-03-22T21:00:00Z", "2026-03-15T21:00:00Z"))
            #expect(try await town.products(shownTo: "h1") == ["p2"])
            #expect(try await till.given("stranger") == ["p2": 3_000])
            #expect(try await till.sold("1", "p1", to: "stranger", at: "2026-03-15T20:00:00Z") == "1500 nil 1")
            #expect(try await till.sold("2", "p1", to: "stranger", at: "2026-03-16T08:00:00Z") == "0 no_quote nil")
            #expect(try await town.findings() == found)
        }
    }

    @Test func `a campaign for everybody becomes one for an audience, and back`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            let campaign = try await town.running(["eligibility": ["type": "everyone"]])
            let till = try await VersionTill(town, campaign)
            // The town's wallet was filled past the treasurers, which is found.
            let found = try await town.findings()
            let narrow = try await town.change(
                campaign, ["eligibility": ["type": "audience", "audience_id": town.audience, "version": 1]])
            _ = try await town.approve(narrow, of: campaign)
            #expect(try await till.given("nobody") == ["p1": 1_500])
            try await town.advance(to: "2026-03-16T09:00:00Z")
            #expect(try await till.given("nobody") == [:])
            #expect(try await till.given("h1") == ["p1": 1_500])
            #expect(try await till.sold("1", "p1", to: "nobody", at: "2026-03-15T20:00:00Z") == "1500 nil 1")
            #expect(try await till.sold("2", "p1", to: "nobody", at: "2026-03-16T08:00:00Z") == "0 no_quote nil")
            #expect(try await till.sold("3", "p1", to: "h1", at: "2026-03-16T08:00:00Z") == "1500 nil 2")
            #expect(try await town.findings() == found)
        }
    }

    @Test func `what the retailer withdraws goes from every version, and none brings it back`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            let campaign = try await town.running()
            let till = try await VersionTill(town, campaign)
            let wanted = try await town.change(campaign, ["products": ["ids": ["p1", "p2"]]])
            _ = try await town.approve(wanted, of: campaign)
            try await town.act(campaign, "products/p1/withdraw", as: town.approver, ["reason": "recall"])
            #expect(try await till.given("h1") == [:])
            let again = try await town.change(campaign, ["products": ["ids": ["p1", "p2"]]])
            let byBrand = try await town.change(campaign, ["products": ["brands": ["b1"]]])
            try await town.advance(to: "2026-03-16T09:00:00Z")

            #expect((again.status, again.json["code"]) == (409, "outside_agreement_scope"))
            #expect(again.json["errors"].elements.map { $0["code"] } == ["withdrawn"])
            #expect((byBrand.json["state"], byBrand.json["products"]["count_after"]) == ("proposed", 1))
            #expect(try await till.given("h1") == ["p2": 3_000])
        }
    }
}

/// The till of the town's store, for one campaign.
private struct VersionTill {
    let town: OfferTown
    let campaign: CampaignID
    let key: KeyToken

    init(_ town: OfferTown, _ campaign: CampaignID) async throws {
        self.town = town
        self.campaign = campaign
        key = try await town.market.key(of: town.retailer, .till)
    }

    /// A basket of a piece of each product.
    func quote(_ shopper: String, hold basket: String? = nil) async throws -> JSONValue {
        var body: [String: JSONValue] = [
            "store_id": "s1", "shopper_id": .string(shopper), "lines": [Self.line(1, "p1"), Self.line(2, "p2")],
        ]
        if let basket {
            body["basket_id"] = .string(basket)
            body["hold"] = true
        }
        let reply = try await town.market.post("\(town.path)/quotes", as: key, .object(body))
        guard reply.status == 200 else { throw NotAnswered(reply: reply.text) }
        return reply.json
    }

    /// What a shopper is given on each of the products.
    func given(_ shopper: String) async throws -> [String: Int64] {
        let lines = try await quote(shopper)["lines"].elements
        let discounts = lines.map { $0["discounts"][0]["amount"].integer }
        return Dictionary(zip(["p1", "p2"], discounts)) { first, _ in first }.compactMapValues(\.self)
    }

    /// What is funded of the discount on a piece, the reason, and the version that it was judged by.
    func sold(
        _ number: String, _ product: String, to shopper: String, at time: String, on quote: JSONValue? = nil
    ) async throws -> String {
        let day = Instant(time)!.adding(seconds: 3 * 3_600).utcDay
        let minor: Int64 = product == "p1" ? 1_500 : 3_000
        var discount: [String: JSONValue] = ["campaign_id": .string("\(campaign)"), "amount": .integer(minor)]
        if let id = quote?["quote_id"].string { discount["quote_id"] = .string(id) }
        var line = Self.line(product == "p1" ? 1 : 2, product).members
        line["discounts"] = [.object(discount)]
        let reply = try await town.market.post(
            "\(town.path)/receipts", as: key,
            [
                "store_id": "s1", "till": "1", "business_day": .string("\(day)"), "number": .string(number),
                "shopper_id": .string(shopper), "sold_at": .string(time), "lines": [.object(line)],
            ])
        guard reply.status == 201 else { throw NotAnswered(reply: reply.text) }
        let paid = reply.json["discounts"][0]
        let version = try await version(ofReceipt: number)
        return "\(paid["funded_amount"].integer ?? -1) \(paid["reason"].string ?? "nil") \(version.map { "\($0)" } ?? "nil")"
    }

    private func version(ofReceipt number: String) async throws -> Int64? {
        let retailer = town.retailer
        return try await town.market.load(retailer) { tx, _ in
            try tx.one(
                "SELECT campaign_version FROM redemption WHERE retailer_id = \(retailer) AND number = \(number)",
                { row in try row.nextOptional(Int64.self) })
        }
    }

    private static func line(_ number: Int64, _ product: String) -> JSONValue {
        let price: Int64 = product == "p1" ? 10_000 : 20_000
        return [
            "line_no": .integer(number), "product_id": .string(product), "quantity_milli": 1_000, "unit": "piece",
            "regular_amount": .integer(price), "base_amount": .integer(price),
        ]
    }
}

extension OfferTown {
    fileprivate func change(_ id: CampaignID, _ wanted: [String: JSONValue]) async throws -> TestClient.Reply {
        try await market.post(
            "\(path)/campaigns/\(id)/changes", as: marketer, .object(wanted.merging(["reason": "as agreed"]) { own, _ in own }),
            headers: [("Idempotency-Key", "\(market.clock.world.random())")])
    }

    fileprivate func approve(_ change: TestClient.Reply, of id: CampaignID) async throws -> TestClient.Reply {
        try await market.post(
            "\(path)/campaigns/\(id)/changes/\(change.json["id"].string ?? "none")/approve", as: approver, [:],
            headers: [("Idempotency-Key", "\(market.clock.world.random())")])
    }

    /// An audience of the second half of the shoppers.
    fileprivate func gold() async throws -> JSONValue {
        let members = shoppers.keys.filter { Int($0.text.dropFirst()).map { $0 > 60 } ?? false }
        let retailer = retailer
        try await market.load(retailer) { tx, now in
            _ = try tx.upsert(members.map { TagMembership(tag: TagName("gold")!, shopper: $0) }, of: retailer, at: now)
        }
        let reply = try await market.post(
            "\(path)/audiences", as: marketer, ["name": "Gold", "predicate": ["tags": ["any": ["gold"]]]])
        guard reply.status == 201 else { throw NotAnswered(reply: reply.text) }
        return reply.json["id"]
    }

    fileprivate func setOfferPeriod(_ period: String) async throws {
        let retailer = retailer
        try await market.load(retailer) { tx, _ in
            _ = try tx.execute("UPDATE policy SET offer_period = \(period) WHERE retailer_id = \(retailer)")
        }
    }

    fileprivate func products(shownTo shopper: String) async throws -> [JSONValue] {
        try await offers(of: shopper).json["data"].elements.map { $0["product"]["product_id"] }
    }

    /// Version, period and members of each grant.
    fileprivate func grants() async throws -> [String] {
        let retailer = retailer
        return try await market.load(retailer) { tx, _ in
            try tx.query(
                """
                SELECT format('%s %s %s %s', campaign_version, period_starts_on, period_ends_on, counted)
                FROM offer_grant
                WHERE retailer_id = \(retailer)
                ORDER BY period_starts_on
                """, { row in try row.next(String.self) })
        }
    }

    fileprivate func findings() async throws -> [String] {
        var found: [String] = []
        for check in Marketplace.checks {
            let report = try await Verification(market.database).run(check, of: retailer)
            found += report.examples.map { "\(check.name) \($0.subject): \($0.detail)" }
        }
        return found
    }
}

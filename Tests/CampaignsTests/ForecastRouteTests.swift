import Campaigns
import JSONText
import Kernel
import Parties
import Postgres
import Tenancy
import TestSupport
import Testing

@Suite struct ForecastRouteTests {
    @Test func `a forecast follows from what the audience bought, and is kept`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market, feeBP: 500)
            try await town.addShoppers(400)
            try await town.addSales(by: 1...200, units: 3)
            let id = try await town.draft(["products": ["ids": ["p1"]]])

            let made = try await market.post("\(town.path)/\(id)/forecast", as: town.approver)
            let kept = try await market.get("\(town.path)/\(id)/forecast", as: town.approver)
            let units = made.json["uncapped"]["units"]

            #expect(made.status == 200)
            #expect(kept.json == made.json)
            #expect(made.json["reach"] == ["p10": 187, "p50": 200, "p90": 213])
            // 200 shoppers x 3 units in 90 days are 46.7 in 7; at 15 % for everybody 3.1 times as many: about 145.
            #expect((100...160).contains(units["p50"].integer ?? 0))
            #expect(made.json["uncapped"]["discounts"]["p50"]["amount"] == .integer((units["p50"].integer ?? 0) * 1_500))
            #expect(
                made.json["products"] == [
                    [
                        "product_id": "p1", "base_price": ["amount": 10_000, "currency": "RUB"],
                        "discount_per_unit": ["amount": 1_500, "currency": "RUB"],
                    ]
                ])
        }
    }

    @Test func `a supplier's forecast of an audience below the floor is refused`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            try await town.addShoppers(49)
            let audience = try await market.post(
                "/v1/retailers/\(town.retailer)/audiences", as: town.marketer,
                ["name": "Few", "predicate": ["spend": ["lt": 1_000_000]]])
            let id = try await town.draft([
                "eligibility": ["type": "audience", "audience_id": audience.json["id"], "version": 1]
            ])
            let forecast = try await market.post("\(town.path)/\(id)/forecast", as: town.marketer)
            let submit = try await town.attempt(id, "submit", as: town.marketer)

            #expect((forecast.status, forecast.json["code"]) == (409, "audience_below_floor"))
            #expect((submit.status, submit.json["code"]) == (409, "audience_below_floor"))
        }
    }

    @Test func `a supplier's forecast rests on the sample alone, and the retailer's exact one is not shown to it`() async throws {
        try await TestMarket.run(supplierSample: 3) { market in
            let town = try await CampaignTown.make(in: market)
            try await town.addShoppers(600)
            try await town.addSales(by: 1...300, units: 2)
            let isSampled = try await market.sample(of: town.retailer, oneIn: 3)
            let id = try await town.draft()
            // The newest is shown: each has a time of its own.
            func forecast() async throws -> JSONValue {
                market.clock.advance(seconds: 1)
                let made = try await market.post("\(town.path)/\(id)/forecast", as: town.marketer)
                #expect(made.json["kind"] == "rounded")
                return ["reach": made.json["reach"], "uncapped": made.json["uncapped"], "redeemers": made.json["redeemers"]]
            }

            let before = try await forecast()
            try await town.addSales(by: (Int64(1)...600).filter { !isSampled($0) }, units: 9, till: "2")
            let outsidersBought = try await forecast()
            market.clock.advance(seconds: 1)
            let exact = try await market.post("\(town.path)/\(id)/forecast", as: town.approver)
            let shown = try await market.get("\(town.path)/\(id)/forecast", as: town.marketer)
            let shownToRetailer = try await market.get("\(town.path)/\(id)/forecast", as: town.approver)
            try await town.addSales(by: (Int64(1)...600).filter(isSampled), units: 9, till: "3")
            let insidersBought = try await forecast()

            #expect(outsidersBought == before)
            #expect(insidersBought != before)
            #expect(exact.json["kind"] == "exact" && shownToRetailer.json == exact.json)
            #expect(shown.json["kind"] == "rounded" && shown.json["uncapped"] == before["uncapped"])
        }
    }

    @Test func `without any receipts everything expected is zero`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            let id = try await town.draft()
            let made = try await market.post("\(town.path)/\(id)/forecast", as: town.marketer)

            #expect(made.json["uncapped"]["units"] == ["p10": 0, "p50": 0, "p90": 0])
            #expect(made.json["redeemers"] == ["p10": 0, "p50": 0, "p90": 0])
            #expect(made.json["budget_ends_on"] == nil)
        }
    }
}

extension CampaignTown {
    /// Each of these shoppers bought so many units of p1 on the last Sunday, in the first store. `till` tells one call's
    /// receipts from another's.
    func addSales(by shoppers: some Collection<Int64>, units: Int64, till: String = "1") async throws {
        let shoppers = Array(shoppers)
        let (retailer, day) = (retailer, BusinessDay("2026-03-01")!)
        let noon = Instant("2026-03-01T09:00:00Z")!
        try await market.database.transaction(as: .retailer(retailer)) { tx in
            try tx.execute("SELECT attach_month('receipt', \(day))")
            try tx.execute(
                """
                INSERT INTO receipt (
                    retailer_id, business_day, store_ordinal, till, shift, number, kind, shopper_key, sold_at, received_at,
                    total, fingerprint, line_no, product_ordinal, quantity_milli, regular_amount, base_amount, paid_amount,
                    vat_rate_bp
                )
                SELECT \(retailer), \(day), store.ordinal, \(till), '', buyer.key::text, 'sale', buyer.key, \(noon), \(noon),
                    10000 * \(units), \(Bytes([UInt8](repeating: 0, count: 32))), '{1}', ARRAY[product.ordinal],
                    ARRAY[1000 * \(units)], ARRAY[10000 * \(units)], ARRAY[10000 * \(units)], ARRAY[10000 * \(units)], '{NULL}'
                FROM unnest(\(shoppers)) AS buyer (key)
                JOIN store ON store.retailer_id = \(retailer) AND store.store_id = 's1'
                JOIN product ON product.retailer_id = \(retailer) AND product.product_id = 'p1'
                """)
        }
    }
}

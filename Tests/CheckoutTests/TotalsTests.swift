import App
import Campaigns
import Checkout
import JSONText
import Kernel
import Parties
import Postgres
import Tenancy
import TestSupport
import Testing

/// What suppliers are told of each quarter-hour (DOMAIN 10). A unit of p1 costs the budget 15.00 and a fee of 1.50.
@Suite struct TotalsTests {
    @Test func `a quarter-hour is told once, with the supplier's money and units, and one without sales is not`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market)
            try await till.tellTotals()
            for number in 1...3 { try await till.accepted(till.sale("\(number)", discount: 1_500)) }
            try await till.town.advance(to: "2026-03-09T09:14:00Z")
            try await till.accepted(till.sale("4", discount: 1_500))
            try await till.tellTotals()
            let early = try await till.events("campaign.totals")
            try await till.town.advance(to: "2026-03-09T09:16:00Z")
            try await till.tellTotals()
            let inGrace = try await till.events("campaign.totals")
            try await till.town.advance(to: "2026-03-09T09:40:00Z")
            try await till.accepted(till.back("5", of: "1", amount: 8_500))
            for _ in 0..<8 { try await till.tellTotals() }
            try await till.town.advance(to: "2026-03-09T10:05:00Z")
            try await till.tellTotals()

            let told = try await till.events("campaign.totals")
            #expect((early, inGrace) == ([], []))
            #expect(
                told == [
                    till.totals("2026-03-09T09:00:00Z", "2026-03-09T09:15:00Z", sold: (4, 6_000, 600), returned: (0, 0, 0)),
                    till.totals("2026-03-09T09:30:00Z", "2026-03-09T09:45:00Z", sold: (0, 0, 0), returned: (1, 1_500, 150)),
                ])
            let supplier = try await market.key(of: till.town.supplier, .admin)
            let rival = try await market.key(of: try await market.makeSupplier(), .admin)
            let feed = "/v1/retailers/\(till.town.retailer)/events?types=campaign.totals"
            #expect(try await market.get(feed, as: supplier).json["data"].elements.map { $0["data"] } == told)
            let sight = try await market.get(feed, as: rival)
            #expect(sight.status != 200 || sight.json["data"] == [])
        }
    }

    @Test func `of a discount that several pay a supplier is told its own share`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.openShared(in: market, suppliersShare: 5_000, retailersShares: [5_000])
            try await till.tellTotals()
            try await till.accepted(till.sale("1", discount: 1_500))
            try await till.town.advance(to: "2026-03-09T09:20:00Z")
            try await till.tellTotals()

            let told = try await till.events("campaign.totals")
            #expect(told.map { $0["sold"]["units"] } == [1])
            #expect(told.map { $0["sold"]["discount"] } == [roubles(750)])
            #expect(told.map { $0["sold"]["fee"] } == [roubles(75)])
        }
    }

    @Test func `nodes that look at once tell a quarter-hour once, and days that passed unseen are told quarter by quarter`()
        async throws
    {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market, endsAt: "2026-03-23T00:00:00")
            try await till.tellTotals()
            try await till.accepted(till.sale("1", discount: 1_500))
            try await till.town.advance(to: "2026-03-12T09:00:00Z")
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<32 { group.addTask { try? await till.tellTotals() } }
            }
            try await till.tellTotals()

            #expect(try await till.events("campaign.totals").count == 1)
        }
    }

    @Test func `nothing in a total counts receipts or shoppers, or names a store, a product or a time within the quarter-hour`()
        async throws
    {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market)
            try await till.tellTotals()
            try await till.accepted(till.sale("1", discount: 1_500))
            try await till.town.advance(to: "2026-03-09T09:20:00Z")
            try await till.tellTotals()

            let told = try await till.events("campaign.totals")
            #expect(told.map { Set($0.members.keys) } == [["campaign_id", "supplier_id", "from", "until", "sold", "returned"]])
            #expect(told.map { Set($0["sold"].members.keys) } == [["units", "discount", "fee", "borne"]])
        }
    }
}

extension Till {
    fileprivate func tellTotals() async throws {
        try await town.market.marketplace.totalsClock.advance(town.retailer)
    }

    fileprivate func totals(
        _ from: String, _ until: String, sold: (Int64, Int64, Int64), returned: (Int64, Int64, Int64)
    ) -> JSONValue {
        let part = { (part: (Int64, Int64, Int64)) -> JSONValue in
            ["units": .integer(part.0), "discount": roubles(part.1), "fee": roubles(part.2), "borne": roubles(0)]
        }
        return [
            "campaign_id": .string("\(campaign)"), "supplier_id": .string("\(town.supplier)"), "from": .string(from),
            "until": .string(until), "sold": part(sold), "returned": part(returned),
        ]
    }
}

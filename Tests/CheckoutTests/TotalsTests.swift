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
            for number in 1...4 { try await till.accepted(till.sale("\(number)", discount: 1_500)) }
            try await till.accepted(till.back("5", of: "1", amount: 8_500))
            try await till.tellTotals()
            let early = try await till.events("campaign.totals")
            for _ in 0..<4 { try await till.tellTotals(ahead: 2 * 900 + TotalsClock.graceSeconds) }
            let told = try await till.events("campaign.totals")
            try await till.tellTotals(ahead: 12 * 900)

            #expect(early == [])
            // A quarter-hour may have ended between two sales.
            #expect((1...2).contains(told.count))
            #expect(Set(told.map { $0["campaign_id"] }) == [.string("\(till.campaign)")])
            #expect(Set(told.map { $0["supplier_id"] }) == [.string("\(till.town.supplier)")])
            #expect(told.reduce(0) { $0 + ($1["sold"]["units"].integer ?? 0) } == 4)
            #expect(told.sum("sold", "discount") == 6_000)
            #expect(told.sum("sold", "fee") == 600)
            #expect(told.sum("sold", "borne") == 0)
            #expect(told.reduce(0) { $0 + ($1["returned"]["units"].integer ?? 0) } == 1)
            #expect(told.sum("returned", "discount") == 1_500)
            #expect(told.sum("returned", "fee") == 150)
            for total in told {
                let from = try #require(total["from"].string.flatMap { Instant($0) })
                #expect(from.microseconds % 900_000_000 == 0)
                #expect(total["until"] == .string("\(from.adding(seconds: 900))"))
            }
            #expect(try await till.events("campaign.totals") == told)
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
            try await till.tellTotals(ahead: 900 + TotalsClock.graceSeconds)

            let told = try await till.events("campaign.totals")
            #expect(told.map { $0["sold"]["units"] } == [1])
            #expect(told.map { $0["sold"]["discount"] } == [roubles(750)])
            #expect(told.map { $0["sold"]["fee"] } == [roubles(75)])
        }
    }

    @Test func `nodes that look at once tell a quarter-hour once, and days that passed unseen are told to the end`() async throws
    {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market)
            try await till.tellTotals()
            try await till.accepted(till.sale("1", discount: 1_500))
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<32 { group.addTask { try? await till.tellTotals(ahead: 3 * 86_400) } }
            }
            try await till.tellTotals(ahead: 3 * 86_400)

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
            try await till.tellTotals(ahead: 900 + TotalsClock.graceSeconds)

            let told = try await till.events("campaign.totals")
            #expect(told.map { Set($0.members.keys) } == [["campaign_id", "supplier_id", "from", "until", "sold", "returned"]])
            #expect(told.map { Set($0["sold"].members.keys) } == [["units", "discount", "fee", "borne"]])
        }
    }
}

extension [JSONValue] {
    fileprivate func sum(_ part: String, _ money: String) -> Int64 { reduce(0) { $0 + ($1[part][money]["amount"].integer ?? 0) } }
}

extension Till {
    fileprivate func tellTotals(ahead seconds: Int64 = 0) async throws {
        try await TotalsClock(town.market.database, town.market.clock.world, aheadSeconds: seconds).advance(town.retailer)
    }
}

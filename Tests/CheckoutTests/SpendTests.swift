import Campaigns
import JSONText
import Kernel
import Ledger
import Parties
import Postgres
import Tenancy
import TestSupport
import Testing

/// A campaign's spend, from what was counted before and the entries since: the same as the sum of all, at every moment.
@Suite struct SpendTests {
    /// Two wallets, sales, returns, voids, holds, other budgets; the counter runs at any moment, in parts.
    @Test(arguments: [41, 42, 43] as [UInt64]) func `whatever happens, a spend is the sum of all that moved`(seed: UInt64)
        async throws
    {
        try await TestMarket.run { market in
            var generator = SeededGenerator(seed: seed)
            let till = try await Till.openShared(in: market, suppliersShare: 4_000, retailersShares: [6_000])
            let counter = SpendCounter(market.database, entriesLeft: 1)
            var sold: [Int] = []
            for step in 1...40 {
                switch Int.random(in: 0..<10, using: &generator) {
                case 0..<5:
                    let quantity = Int64.random(in: 1...3, using: &generator)
                    try await till.accepted(till.sale("\(step)", quantity: quantity, discount: 1_500 * quantity))
                    if quantity == 1 { sold.append(step) }
                case 5:
                    guard let sale = sold.popLast() else { continue }
                    try await till.accepted(till.back("\(step)", of: "\(sale)", amount: 8_500))
                case 6:
                    guard let sale = sold.popLast() else { continue }
                    try await till.accepted(till.void("\(step)", of: "\(sale)"))
                case 7:
                    _ = try await till.quote(lines: [Till.line(1, "p1", 10_000)], hold: "basket-\(step % 2)")
                case 8:
                    let budget = 400_000 + 1_000 * Int64.random(in: 0...100, using: &generator)
                    let changed = try await till.town.attempt(
                        till.campaign, "changes", as: till.town.treasurer, ["budget": rubles(budget), "reason": "as it goes"])
                    #expect(changed.json["state"] == "applied", "seed \(seed), step \(step): \(changed.text)")
                default: try await counter.count(till.town.retailer)
                }
                let (told, summed) = try await till.spends()
                #expect(told == summed, "seed \(seed), step \(step)")
            }
            #expect(try await till.findings() == [])
        }
    }

    @Test func `what comes back after the close is of its spend too`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.openShared(in: market, suppliersShare: 4_000, retailersShares: [6_000])
            let counter = SpendCounter(market.database, entriesLeft: 1)
            for number in 1...3 { try await till.accepted(till.sale("\(number)", discount: 1_500)) }
            try await counter.count(till.town.retailer)
            try await till.town.advance(to: "2026-03-25T09:00:00Z")
            #expect(try await till.town.state(till.campaign) == "closed")
            let closed = try await till.spends()
            try await till.accepted(till.back("4", of: "1", amount: 8_500, day: "2026-03-25"))
            let late = try await till.spends()
            try await counter.count(till.town.retailer)
            let counted = try await till.spends()

            #expect(closed.told == closed.summed && late.told == late.summed && counted.told == late.told)
            #expect(late.told.discounts == closed.told.discounts - 1_500)
            #expect(late.told.fees == closed.told.fees - 60)
            #expect(try await till.findings() == [])
        }
    }

    @Test func `counted by many nodes at once, each entry counts once`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market)
            for number in 1...6 { try await till.accepted(till.sale("\(number)", discount: 1_500)) }
            let retailer = till.town.retailer
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<32 {
                    group.addTask { _ = try await SpendCounter(market.database, entriesLeft: 1).count(retailer) }
                }
                try await group.waitForAll()
            }
            try await SpendCounter(market.database, entriesLeft: 1).count(retailer)

            #expect(try await SpendCounter(market.database, entriesLeft: 1).count(retailer) == 0, "all are counted")
            let (told, summed) = try await till.spends()
            #expect(told == summed && told.redemptions == 6 && told.units == 6)
            #expect(try await till.findings() == [])
        }
    }

    @Test func `few entries are left to whoever asks, and a receipt is in the answer at once`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market)
            let before = try await till.spends()
            try await till.accepted(till.sale("1", discount: 1_500))

            #expect(try await SpendCounter(market.database).count(till.town.retailer) == 0)
            #expect(try await till.spends().told.discounts == before.told.discounts + 1_500)
            #expect(try await till.spend() == [500_000 - 1_650, 1_650, 0])
        }
    }
}

extension Till {
    /// As it is told, and as the sum of all.
    fileprivate func spends() async throws -> (told: CampaignSpend, summed: CampaignSpend) {
        let (retailer, campaign) = (town.retailer, campaign)
        return try await town.market.database.snapshot(as: .retailer(retailer)) { tx in
            (
                told: try tx.spend(of: campaign, at: retailer, in: CampaignTown.asset),
                summed: try tx.summedSpend(of: campaign, at: retailer, in: CampaignTown.asset)
            )
        }
    }
}

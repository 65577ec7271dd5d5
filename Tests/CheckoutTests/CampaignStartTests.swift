import JSONText
import Kernel
import Tenancy
import TestSupport
import Testing

/// A campaign starts by the clocks of its stores; that ours looks a moment later is not the shopper's concern.
@Suite struct CampaignStartTests {
    @Test func `a sale after the start is paid though no clock has looked yet, one before it is not`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market, balance: 1_000_000, feeBP: 1_000)
            let campaign = try await town.launched([
                "budget": ["amount": 500_000, "currency": "RUB"], "limits": Till.usualLimits,
                "products": ["brands": ["dairy"]], "ends_at": "2026-03-16T00:00:00",
            ])
            let till = Till(town: town, campaign: campaign, key: try await market.key(of: town.retailer, .till))
            // 00:00:01 in Moscow, and an hour before.
            market.clock.set(Instant("2026-03-08T21:00:01Z")!)
            let state = try await market.get("\(town.path)/\(campaign)", as: town.approver).json["state"]
            let paid = try await till.accepted(till.sale("1", discount: 1_500, soldAt: "2026-03-08T21:00:01Z"))
            let early = try await till.accepted(
                till.sale("2", discount: 1_500, day: "2026-03-08", soldAt: "2026-03-08T20:00:00Z"))
            try await town.advance(to: "2026-03-08T21:00:05Z")
            let next = try await till.accepted(till.sale("3", discount: 1_500, soldAt: "2026-03-08T21:00:05Z"))

            #expect(state == "scheduled")
            #expect((paid["funded_amount"], paid["reason"]) == (1_500, .null))
            #expect((early["funded_amount"], early["reason"]) == (0, "no_quote"))
            #expect(next["funded_amount"] == 1_500)
            #expect(try await till.spend() == [500_000 - 3_300, 3_300, 0])
            #expect(try await till.findings() == [])
        }
    }
}

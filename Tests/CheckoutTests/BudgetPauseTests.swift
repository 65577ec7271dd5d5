import Campaigns
import JSONText
import Kernel
import Parties
import TestSupport
import Testing

/// What a pause for an empty budget does not do: it bears nothing differently, and hides no weightier reason.
@Suite struct BudgetPauseTests {
    /// Two units and the budget is spent; a look of the clock has paused it.
    private func paused(in market: TestMarket) async throws -> Till {
        let till = try await Till.open(in: market, budget: 3_300)
        for number in 1...2 { _ = try await till.post(till.sale("\(number)", discount: 1_500)) }
        try await till.town.advance(to: "2026-03-09T09:00:05Z")
        return till
    }

    @Test func `a late receipt is decided after the end as it would have been before it`() async throws {
        try await TestMarket.run { market in
            let till = try await paused(in: market)
            let before = try await till.post(till.sale("before", discount: 1_500))
            try await till.town.advance(to: "2026-03-16T09:00:00Z")
            let after = try await till.post(till.sale("after", discount: 1_500))

            #expect(try await till.town.state(till.campaign) == "settling")
            #expect(before.json["discounts"][0]["reason"] == "budget_exhausted")
            #expect(after.json["discounts"][0]["reason"] == "budget_exhausted")
        }
    }

    @Test func `the retailer pauses it all the same, and then no return starts it`() async throws {
        try await TestMarket.run { market in
            let till = try await paused(in: market)
            let pause = try await till.town.attempt(till.campaign, "pause", as: till.town.approver, ["reason": "Recalled."])
            let again = try await till.town.attempt(till.campaign, "pause", as: till.town.approver, ["reason": "Recalled."])
            for number in 1...2 { _ = try await till.post(till.back("r\(number)", of: "\(number)", amount: 8_500)) }
            try await till.town.advance(to: "2026-03-09T09:00:15Z")

            #expect((pause.status, pause.json["paused_by"], pause.json["pause_reason"]) == (200, "retailer", "Recalled."))
            #expect((again.status, again.json["code"]) == (409, "wrong_state"))
            #expect(try await till.town.state(till.campaign) == "paused")
        }
    }

    @Test func `a suspended agreement takes its place, and gives it back`() async throws {
        try await TestMarket.run { market in
            let till = try await paused(in: market)
            let town = till.town
            try await market.move(town.agreement, of: town.retailer, .suspend)
            try await town.advance(to: "2026-03-09T09:00:10Z")
            let suspended = try await market.get("\(town.path)/\(till.campaign)", as: town.marketer).json
            try await market.move(town.agreement, of: town.retailer, .resume)
            try await town.advance(to: "2026-03-09T09:00:15Z")
            let resumed = try await market.get("\(town.path)/\(till.campaign)", as: town.marketer).json

            #expect((suspended["state"], suspended["pause_reason"]) == ("paused", "agreement_not_in_force"))
            #expect((resumed["state"], resumed["pause_reason"]) == ("paused", "budget_exhausted"))
        }
    }
}

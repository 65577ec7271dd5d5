import JSONText
import Kernel
import Postgres
import Tenancy
import TestSupport
import Testing

/// Caps by day and store, and even spending, at the tills. A piece of p1 takes 15.00 and a fee of 1.50.
@Suite struct PacingTests {
    @Test func `a line that the cap of a day covers in part is discounted for that part and says so`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market, pacing: ["amount_per_day": rubles(4_000)])
            let lines = [Till.line(1, "p1", 30_000, quantity: 3)]
            let quote = try await till.quote(lines: lines, shopper: "h1")
            let sold = try await till.accepted(till.sale("1", quantity: 3, discount: 4_500))
            let none = try await till.quote(lines: [Till.line(1, "p1", 10_000)], shopper: "h2")
            try await till.town.advance(to: "2026-03-10T09:00:00Z")
            let tomorrow = try await till.quote(lines: lines, shopper: "h1")

            #expect(quote["lines"][0]["discounts"][0]["units"] == 2)
            let reason = quote["reasons"][0]
            #expect(reason["reason"] == "day_budget_reached" && reason["units"] == 1)
            #expect(reason["text"] == "На сегодня предложение исчерпано.")
            #expect(sold["funded_amount"] == 3_636 && sold["reason"] == "limit_reached")
            #expect(none["reasons"][0]["reason"] == "day_budget_reached" && none["reasons"][0]["units"] == nil)
            #expect(tomorrow["lines"][0]["discounts"][0]["units"] == 2)
            #expect(try await till.counters().first == "amount_per_day 2026-03-09: 4000 0")
            #expect(try await till.findings() == [])
        }
    }

    @Test func `a store has its own cap, over all days, and says that it is reached`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(
                in: market, pacing: ["amount_per_store": rubles(3_300), "amount_per_store_day": rubles(1_650)])
            try await till.accepted(till.sale("1", discount: 1_500))
            let lines = [Till.line(1, "p1", 10_000)]
            let today = try await till.quote(lines: lines)
            try await till.town.advance(to: "2026-03-10T09:00:00Z")
            try await till.accepted(till.sale("2", discount: 1_500, day: "2026-03-10"))
            try await till.town.advance(to: "2026-03-11T09:00:00Z")
            let never = try await till.quote(lines: lines)
            let elsewhere = try await till.quote(lines: lines, store: "s2")

            #expect(today["reasons"][0]["reason"] == "day_budget_reached")
            #expect(never["reasons"][0]["reason"] == "store_budget_reached")
            #expect(elsewhere["total_discount"]["amount"] == 1_500)
            #expect(try await till.findings() == [])
        }
    }

    @Test func `what quotes keep counts, and is free again when they end`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(
                in: market, pacing: ["amount_per_day": rubles(1_650), "amount_per_store": rubles(1_650)])
            let lines = [Till.line(1, "p1", 10_000)]
            let kept = try await till.quote(lines: lines, hold: "b1", shopper: "h1")
            let second = try await till.quote(lines: lines, hold: "b2", shopper: "h2")
            let counters = try await till.counters().prefix(2)
            try await till.letHoldsLapse()
            let third = try await till.quote(lines: lines, hold: "b3", shopper: "h2")
            let late = try await till.accepted(till.sale("1", discount: 1_500, quote: kept))
            let paid = try await till.accepted(till.sale("2", discount: 1_500, quote: third, shopper: "h2"))

            #expect(kept["total_discount"]["amount"] == 1_500 && second["total_discount"]["amount"] == 0)
            #expect(counters == ["amount_per_day 2026-03-09: 0 1650", "amount_per_store: 0 1650"])
            #expect(late["funded_amount"] == 0 && late["reason"] == "hold_expired")
            #expect(paid["funded_amount"] == 1_500)
            #expect(try await till.counters().prefix(2) == ["amount_per_day 2026-03-09: 1650 0", "amount_per_store: 1650 0"])
            #expect(try await till.findings() == [])
        }
    }

    @Test func `an even pace shares the budget over the days, and what a day leaves rolls on`() async throws {
        try await TestMarket.run { market in
            // Seven days; 115.50 is a part of 16.50 a day.
            let till = try await Till.open(in: market, budget: 11_550, pacing: ["even": true])
            let first = try await till.accepted(till.sale("1", quantity: 2, discount: 3_000))
            try await till.town.advance(to: "2026-03-12T09:00:00Z")
            // 99.00 are left for four days.
            let fourth = try await till.today()
            try await till.accepted(till.sale("2", quantity: 2, discount: 3_000, day: "2026-03-12"))
            let after = try await till.today()
            try await till.town.advance(to: "2026-03-15T09:00:00Z")
            let last = try await till.accepted(till.sale("3", quantity: 9, discount: 13_500, day: "2026-03-15"))

            #expect(first["funded_amount"] == 1_500 && first["reason"] == "limit_reached")
            #expect(fourth == ["2026-03-12", 2_475, 0, 0, 2_475])
            #expect(after == ["2026-03-12", 2_475, 2_475, 0, 0])
            #expect(last["funded_amount"] == 6_750 && last["reason"] == "budget_exhausted")
            #expect(try await till.spend() == [0, 11_550, 0])
            #expect(try await till.findings() == [])
        }
    }

    @Test func `a late receipt counts on its own business day, and leaves less to the days after it`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market, budget: 11_550, pacing: ["even": true])
            try await till.town.advance(to: "2026-03-10T09:00:00Z")
            let before = try await till.today()
            let late = try await till.accepted(till.sale("1", quantity: 2, discount: 3_000, day: "2026-03-09"))
            let after = try await till.today()
            // A return of another day leaves the day's counter; what came back is shared anew.
            try await till.accepted(till.back("2", of: "1", quantity: 2, amount: 17_000, day: "2026-03-10"))

            #expect(before == ["2026-03-10", 1_925, 0, 0, 1_925])
            #expect(late["funded_amount"] == 1_500)
            #expect(after == ["2026-03-10", 1_650, 0, 0, 1_650])
            #expect(try await till.today() == ["2026-03-10", 1_925, 0, 0, 1_925])
            #expect(try await till.counters().first == "amount_per_day 2026-03-09: 1650 0")
            #expect(try await till.findings() == [])
        }
    }

    @Test func `verify finds a counter of money that is not what was paid`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market, pacing: ["amount_per_store": rubles(9_000), "even": true])
            try await till.accepted(till.sale("1", discount: 1_500))
            try await till.change { retailer in
                "UPDATE limit_counter SET used = used - 1 WHERE retailer_id = \(retailer) AND counter LIKE 'amount%'"
            }

            let found = try await till.findings()
            #expect(found.count == 2 && found.allSatisfy { $0.hasPrefix("limits_equal_redemptions ") }, "\(found)")
        }
    }

    @Test func `racing tills never spend more than a day may, and all that it may`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market, pacing: ["amount_per_day": rubles(16_500), "even": true])
            let paid = try await withThrowingTaskGroup(of: Int64.self) { group in
                for number in 0..<32 {
                    group.addTask {
                        try await till.accepted(till.sale("\(number)", discount: 1_500, shopper: "h\(number)"))["funded_amount"]
                            .integer ?? 0
                    }
                }
                return try await group.reduce(0, +)
            }

            #expect(paid == 15_000)
            #expect(try await till.counters().first == "amount_per_day 2026-03-09: 16500 0")
            #expect(try await till.findings() == [])
        }
    }

    @Test func `support sees what the pace leaves, also of a campaign that is not launched`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(
                in: market, pacing: ["amount_per_day": rubles(9_000), "amount_per_store": rubles(5_000), "even": true])
            try await till.accepted(till.sale("1", discount: 1_500))
            let next = try await till.town.submitted([
                "name": "Next", "starts_at": "2026-03-20T00:00:00", "ends_at": "2026-03-22T00:00:00",
                "budget": rubles(10_000), "pacing": ["even": true],
            ])
            let analyst = try await market.key(of: till.town.retailer, .analyst)
            let explained = try await market.post(
                "/v1/retailers/\(till.town.retailer)/quotes/explain", as: analyst,
                [
                    "store_id": "s1", "lines": [Till.line(1, "p1", 10_000)], "campaign_ids": [.string("\(next)")],
                    "at": "2026-03-20T12:00:00Z",
                ]
            ).json["campaigns"].elements
            let now = try await market.post(
                "/v1/retailers/\(till.town.retailer)/quotes/explain", as: analyst,
                ["store_id": "s1", "lines": [Till.line(1, "p1", 10_000)]]
            ).json["campaigns"][0]["pacing"]

            #expect(
                now.elements.map { [$0["pace"], $0["left"]["amount"]] } == [
                    ["amount_per_day", 7_350], ["amount_per_store", 3_350], ["even", 69_778],
                ])
            let rehearsed = explained.first { $0["campaign_id"] == .string("\(next)") }
            #expect(rehearsed?["pacing"].elements.map { [$0["pace"], $0["left"]["amount"]] } == [["even", 5_000]])
            #expect(try await till.findings() == [])
        }
    }
}

/// So many minor units as the API reads them.
func rubles(_ minor: Int64) -> JSONValue { ["amount": .integer(minor), "currency": "RUB"] }

extension Till {
    /// The day, its allowance, what is spent, kept and left of it.
    fileprivate func today() async throws -> [JSONValue] {
        let json = try await town.market.get("\(town.path)/\(campaign)/spend", as: town.treasurer).json["pacing"]
        return [json["business_day"]] + ["allowance", "spent", "reserved", "left"].map { json[$0]["amount"] }
    }
}

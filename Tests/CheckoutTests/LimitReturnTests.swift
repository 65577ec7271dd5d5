import JSONText
import Kernel
import TestSupport
import Testing

/// Returned units go back to limits only while the campaign runs and within the limit's period (DOMAIN 8).
@Suite struct LimitReturnTests {
    private static let limits: JSONValue = [
        "units_per_shopper": 3, "units_per_shopper_week": 3, "units_per_shopper_day": 2, "units_per_receipt": 2, "units": 100,
    ]

    @Test func `units that come back on the day of the sale may be bought again`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market, limits: Self.limits)
            try await till.accepted(till.sale("1", quantity: 2, discount: 3_000))
            let full = try await till.accepted(till.sale("2", discount: 1_500))
            try await till.accepted(till.back("3", of: "1", amount: 8_500))
            let again = try await till.accepted(till.sale("4", discount: 1_500))

            #expect(full["reason"] == "limit_reached")
            #expect(again["funded_amount"] == 1_500)
            #expect(
                try await till.counters() == [
                    "units: 2 0", "units_per_shopper: 2 0", "units_per_shopper_day 2026-03-09: 2 0",
                    "units_per_shopper_week 2026-03-09: 2 0",
                ])
            #expect(try await till.findings() == [])
        }
    }

    @Test func `units that come back later go to the limits whose period still runs`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market, limits: Self.limits, endsAt: "2026-03-23T00:00:00")
            try await till.accepted(till.sale("1", quantity: 2, discount: 3_000))
            try await till.town.advance(to: "2026-03-10T09:00:00Z")
            try await till.accepted(till.back("2", of: "1", amount: 8_500, day: "2026-03-10"))
            let nextDay = try await till.counters()
            try await till.town.advance(to: "2026-03-16T09:00:00Z")
            try await till.accepted(till.back("3", of: "1", amount: 8_500, day: "2026-03-16"))

            #expect(
                nextDay == [
                    "units: 1 0", "units_per_shopper: 1 0", "units_per_shopper_day 2026-03-09: 2 0",
                    "units_per_shopper_week 2026-03-09: 1 0",
                ])
            #expect(
                try await till.counters() == [
                    "units: 0 0", "units_per_shopper: 0 0", "units_per_shopper_day 2026-03-09: 2 0",
                    "units_per_shopper_week 2026-03-09: 1 0",
                ])
            #expect(try await till.findings() == [])
        }
    }

    @Test func `after the campaign nothing goes back to its limits, the money does`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market, limits: Self.limits)
            try await till.accepted(till.sale("1", discount: 1_500))
            let before = try await till.counters()
            try await till.town.act(till.campaign, "stop", as: till.town.approver, ["reason": "enough"])
            try await till.accepted(till.back("2", of: "1", amount: 8_500))

            #expect(before.first == "units: 1 0")
            #expect(try await till.counters() == before)
            #expect(try await till.spend() == [500_000, 0, 0])
            #expect(try await till.findings() == [])
        }
    }

    @Test func `a void gives all units back`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market, limits: Self.limits)
            try await till.accepted(till.sale("1", quantity: 2, discount: 3_000))
            try await till.accepted(till.void("2", of: "1"))

            #expect(try await till.counters().allSatisfy { $0.hasSuffix(": 0 0") })
            #expect(try await till.spend() == [500_000, 0, 0])
            #expect(try await till.findings() == [])
        }
    }

    @Test func `undiscounted units of a line come back first and give nothing back to limits`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market, limits: Self.limits)
            try await till.accepted(till.sale("1", quantity: 3, discount: 3_000))
            try await till.accepted(till.back("2", of: "1", amount: 9_000))
            let first = try await till.counters()
            try await till.accepted(till.back("3", of: "1", amount: 9_000))

            #expect(first.first == "units: 2 0")
            #expect(try await till.counters().first == "units: 1 0")
            #expect(try await till.findings() == [])
        }
    }

    @Test func `the refunded amount proves that the discounted unit came back`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market, limits: ["units_per_shopper": 1, "units_per_receipt": 1, "units": 9])
            let quote = try await till.quote(lines: [Till.line(1, "p1", 30_000, quantity: 3)], shopper: "h1")
            try await till.accepted(till.sale("1", quantity: 3, discount: 1_500, quote: quote))
            let sold = try await till.spend()
            try await till.accepted(till.back("2", of: "1", amount: 8_500))
            let proven = try await till.spend()
            try await till.accepted(till.back("3", of: "1", quantity: 2, amount: 20_000))

            #expect(sold == [500_000 - 1_650, 1_650, 0])
            #expect(proven == [500_000, 0, 0])
            #expect(try await till.counters().first == "units: 0 0")
            #expect(try await till.spend() == [500_000, 0, 0])
            #expect(try await till.findings() == [])
        }
    }
}

import JSONText
import Kernel
import TestSupport
import Testing

/// Many tills at one budget that suffices for a fraction.
@Suite struct RacingTests {
    /// 240 clients of their own sell at 15.00 with a fee of 10 %, from a budget for 60 of them and a little more.
    @Test func `240 racing tills spend the budget to the end and never more`() async throws {
        try await TestMarket.run { market in
            let budget: Int64 = 60 * 1_650 + 1_000
            let till = try await Till.open(
                in: market, budget: budget, limits: ["units_per_shopper": 1, "units_per_receipt": 1, "units": 1_000])
            let replies = try await withThrowingTaskGroup(of: JSONValue.self) { group in
                for number in 0..<240 {
                    group.addTask { try await till.raced(number) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }

            let funded = replies.compactMap { $0["funded_amount"].integer }
            #expect(funded.count == 240)
            #expect(funded.filter { $0 == 1_500 }.count == 60)
            let short = replies.filter { $0["funded_amount"] != 1_500 }
            #expect(short.count == 180)
            #expect(short.allSatisfy { $0["reason"] == "budget_exhausted" || $0["reason"] == "hold_expired" })
            #expect(short.contains { $0["reason"] == "budget_exhausted" })
            let spend = try await till.spend()
            // What is left pays for no further minor unit with its fee.
            #expect(spend[1] <= budget && spend[0] + spend[1] == budget && spend[0] <= 1)
            #expect(spend[2] == 0)
            #expect(try await till.findings() == [])
        }
    }

    @Test func `40 quotes of one basket at once leave one hold`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market)
            let quotes = try await withThrowingTaskGroup(of: JSONValue.self) { group in
                for _ in 0..<40 {
                    group.addTask { try await till.quote(lines: [Till.line(1, "p1", 10_000)], hold: "basket-1") }
                }
                return try await group.reduce(into: Set<JSONValue>()) { $0.insert($1["quote_id"]) }
            }

            #expect(quotes.count == 40)
            #expect(try await till.spend() == [500_000 - 1_650, 0, 1_650])
            #expect(try await till.findings() == [])
        }
    }
}

extension Till {
    /// A third of the tills hold first, a third ask without a hold, a third only post.
    fileprivate func raced(_ number: Int) async throws -> JSONValue {
        let line = Till.line(1, "p1", 10_000)
        var quote: JSONValue?
        switch number % 3 {
        case 0: quote = try await self.quote(lines: [line], hold: "basket-\(number)")
        case 1: quote = try await self.quote(lines: [line])
        default: break
        }
        return try await accepted(
            sale("r\(number)", discount: 1_500, quote: quote, shopper: nil))
    }
}

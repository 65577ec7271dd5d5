import JSONText
import TestSupport
import Testing

/// A shopper buys less than was quoted: the terms stand for what is there, whether money was kept for it or not.
@Suite struct LessThanQuotedTests {
    @Test(arguments: [true, false], [1_500, 4_500] as [Int64])
    func `of pieces that were quoted and not bought nothing is paid and nothing counts`(isHeld: Bool, claimed: Int64) async throws
    {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market)
            let quote = try await till.quote(
                lines: [Till.line(1, "p1", 30_000, quantity: 3)], hold: isHeld ? "basket-1" : nil, shopper: "h1")
            let paid = try await till.accepted(till.sale("1", discount: claimed, quote: quote))

            #expect(quote["total_discount"]["amount"] == 4_500)
            #expect(paid["funded_amount"] == 1_500)
            #expect(paid["reason"] == (claimed == 1_500 ? .null : "more_than_quoted"))
            #expect(try await till.counters() == ["units_per_shopper: 1 0"])
            #expect(try await till.spend() == [500_000 - 1_650, 1_650, 0])
            #expect(try await till.findings() == [])
        }
    }

    @Test(arguments: [true, false])
    func `a piece that was quoted without a discount may be put back`(isHeld: Bool) async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(
                in: market, limits: ["units_per_shopper": 100, "units_per_receipt": 2, "units_per_line": 2])
            let quote = try await till.quote(
                lines: [Till.line(1, "p1", 30_000, quantity: 3)], hold: isHeld ? "basket-1" : nil, shopper: "h1")
            let paid = try await till.accepted(till.sale("1", quantity: 2, discount: 3_000, quote: quote))

            #expect(quote["lines"][0]["discounts"][0]["units"] == 2)
            #expect((paid["funded_amount"], paid["reason"]) == (3_000, .null))
            #expect(try await till.findings() == [])
        }
    }

    @Test(arguments: [true, false])
    func `of four pieces three of which go together one may be put back`(isHeld: Bool) async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market, together: ["type": "n_for_m", "take": 3, "pay_for": 2])
            let quote = try await till.quote(
                lines: [Till.line(1, "p1", 40_000, quantity: 4)], hold: isHeld ? "basket-1" : nil, shopper: "h1")
            let discount = quote["lines"][0]["discounts"][0]
            let paid = try await till.accepted(
                till.sale("1", quantity: 3, discount: discount["amount"].integer ?? 0, quote: quote))

            #expect(discount["units"] == 3)
            #expect((paid["funded_amount"], paid["reason"]) == (discount["amount"], .null))
            #expect(try await till.findings() == [])
        }
    }

    @Test(arguments: [true, false])
    func `of a weight that was quoted the part that was bought is paid`(isHeld: Bool) async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market)
            let quote = try await till.quote(
                lines: [Self.weighed(2_000, base: 20_000)], hold: isHeld ? "basket-1" : nil)
            let paid = try await till.accepted(
                till.receipt("1", [Self.weighed(500, base: 5_000, discounts: [till.discount(quote, 3_000)])]))

            #expect(quote["total_discount"]["amount"] == 3_000)
            #expect((paid["funded_amount"], paid["reason"]) == (750, "more_than_quoted"))
            #expect(try await till.findings() == [])
        }
    }

    @Test func `what a lapsed hold can no longer have says so also where some of it is left`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(
                in: market, limits: ["units_per_shopper": 100, "units_per_receipt": 10, "units": 2])
            let quote = try await till.quote(lines: [Till.line(1, "p1", 20_000, quantity: 2)], hold: "basket-1")
            try await till.letHoldsLapse()
            try await till.accepted(till.sale("1", discount: 1_500, shopper: nil))
            let paid = try await till.accepted(till.sale("2", quantity: 2, discount: 3_000, quote: quote, shopper: nil))

            #expect((paid["funded_amount"], paid["reason"]) == (1_500, "hold_expired"))
            #expect(try await till.findings() == [])
        }
    }

    private static func weighed(_ milli: Int64, base: Int64, discounts: [JSONValue]? = nil) -> JSONValue {
        var line = Till.line(1, "p2", base, discounts: discounts).members
        line["unit"] = "kg"
        line["quantity_milli"] = .integer(milli)
        return .object(line)
    }
}

import JSONText
import Kernel
import Postgres
import TestSupport
import Testing

/// Online orders keep money for long, so they keep little of a budget together.
@Suite struct OnlineHoldTests {
    private static let manyUnits: JSONValue = ["units_per_shopper": 1_000, "units_per_receipt": 1_000]

    @Test func `online orders keep at most a fifth of a budget together, and tills are served beside them`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market, limits: Self.manyUnits)
            // 15.00 and a fee of 1.50 each: 60 pieces are 990.00 of the 1 000.00 that may be kept.
            let first = try await Self.order(100, "order-1", at: till)
            let second = try await Self.order(1, "order-2", at: till)
            let sold = try await till.quote(lines: [Till.line(1, "p1", 1_000_000, quantity: 100)], hold: "basket-1")
            let anew = try await Self.order(40, "order-1", at: till)
            let third = try await Self.order(100, "order-3", at: till)

            #expect(first["total_discount"]["amount"] == 90_000)
            #expect(first["reasons"][0]["reason"] == "budget_exhausted" && first["reasons"][0]["units"] == 40)
            #expect(second["total_discount"]["amount"] == 0 && second["reasons"][0]["reason"] == "budget_exhausted")
            #expect(sold["total_discount"]["amount"] == 150_000)
            #expect(anew["total_discount"]["amount"] == 60_000 && third["total_discount"]["amount"] == 30_000)
            #expect(try await till.spend() == [500_000 - 264_000, 0, 264_000])
            #expect(try await till.findings() == [])
        }
    }

    @Test func `what an online order kept is free for the next one when it is paid, released or over`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market, limits: Self.manyUnits)
            let paid = try await Self.order(60, "order-1", at: till)
            try await till.accepted(till.sale("1", quantity: 60, discount: 90_000, quote: paid, shopper: nil))
            let second = try await Self.order(60, "order-2", at: till)
            try await till.letHoldsLapse()
            let third = try await Self.order(60, "order-3", at: till)

            for order in [paid, second, third] { #expect(order["total_discount"]["amount"] == 90_000) }
            #expect(try await till.findings() == [])
        }
    }

    @Test func `a hold of an online order lives as long as the policy says, a till's as before`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market)
            try await till.change { "UPDATE policy SET online_hold_seconds = 172800 WHERE retailer_id = \($0)" }
            let ordered = try await Self.order(1, "order-1", at: till)
            let sold = try await till.quote(lines: [Till.line(1, "p1", 10_000)], hold: "basket-1")

            let expiries = try [ordered, sold].map { quote in
                try #require(quote["expires_at"].string.flatMap { Instant($0) }).microseconds / 1_000_000
            }
            let later = expiries[0] - expiries[1]
            #expect((172_800 - 900 - 60...172_800 - 900).contains(later), "\(later) s")
        }
    }

    private static func order(_ pieces: Int64, _ basket: String, at till: Till) async throws -> JSONValue {
        let reply = try await till.town.market.post(
            "/v1/retailers/\(till.town.retailer)/quotes", as: till.key,
            [
                "store_id": "s1", "channel": "online", "basket_id": .string(basket), "hold": true,
                "lines": [Till.line(1, "p1", 10_000 * pieces, quantity: pieces)],
            ])
        guard reply.status == 200 else { throw Refused(action: "order", status: reply.status, body: reply.text) }
        return reply.json
    }
}

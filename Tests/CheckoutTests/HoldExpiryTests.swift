import App
import Checkout
import JSONText
import Kernel
import Postgres
import Tenancy
import TestSupport
import Testing

/// A hold ends with its time, whoever comes to it first.
@Suite struct HoldExpiryTests {
    private static let oneUnit: JSONValue = ["units_per_shopper": 100, "units_per_receipt": 10, "units": 1]

    @Test func `without any sweep a quote gets the money and the limits of a hold whose time is up`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market, limits: Self.oneUnit)
            _ = try await till.quote(lines: [Till.line(1, "p1", 10_000)], hold: "basket-1")
            let refused = try await till.quote(lines: [Till.line(1, "p1", 10_000)], hold: "basket-2")
            try await till.letHoldsLapse()
            let second = try await till.quote(lines: [Till.line(1, "p1", 10_000)], hold: "basket-3")

            #expect(refused["reasons"][0]["reason"] == "limit_reached")
            #expect(second["total_discount"]["amount"] == 1_500)
            #expect(try await till.counters() == ["units: 0 1"])
            #expect(try await till.spend() == [500_000 - 1_650, 0, 1_650])
            #expect(try await till.findings() == [])
        }
    }

    @Test func `a quote that keeps nothing counts on what a hold kept whose time is up, and so does its explanation`()
        async throws
    {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market, limits: Self.oneUnit)
            _ = try await till.quote(lines: [Till.line(1, "p1", 10_000)], hold: "basket-1")
            let refused = try await till.quote(lines: [Till.line(1, "p1", 10_000)])
            try await till.letHoldsLapse()
            let second = try await till.quote(lines: [Till.line(1, "p1", 10_000)])
            let explained = try await market.post(
                "/v1/retailers/\(till.town.retailer)/quotes/explain", as: try await market.key(of: till.town.retailer, .analyst),
                ["store_id": "s1", "lines": [Till.line(1, "p1", 10_000)]])

            #expect(refused["reasons"][0]["reason"] == "limit_reached")
            #expect(second["total_discount"]["amount"] == 1_500)
            #expect(explained.json["total_discount"]["amount"] == 1_500, "\(explained.text)")
            #expect(try await till.findings() == [])
        }
    }

    @Test func `a receipt is paid what an expired hold of its own kept, once`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market, limits: Self.oneUnit)
            let quote = try await till.quote(lines: [Till.line(1, "p1", 10_000)], hold: "basket-1")
            try await till.letHoldsLapse()
            let paid = try await till.accepted(till.sale("1", discount: 1_500, quote: quote, shopper: nil))

            #expect(paid["funded_amount"] == 1_500)
            #expect(try await till.counters() == ["units: 1 0"])
            #expect(try await till.spend() == [500_000 - 1_650, 1_650, 0])
            #expect(try await till.findings() == [])
        }
    }

    @Test func `the sweeper ends what is due and leaves what is not`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market)
            for basket in 1...5 { _ = try await till.quote(lines: [Till.line(1, "p1", 10_000)], hold: "due-\(basket)") }
            try await till.letHoldsLapse()
            let before = try await till.spend()
            _ = try await till.quote(lines: [Till.line(1, "p3", 5_000)], hold: "nothing-1")
            let swept = try await market.marketplace.quoteSweeper.sweep(till.town.retailer)
            let again = try await market.marketplace.quoteSweeper.sweep(till.town.retailer)

            #expect(before == [500_000 - 8_250, 0, 8_250])
            #expect((swept, again) == (5, 0))
            #expect(try await till.spend() == [500_000, 0, 0])
            #expect(try await till.findings() == [])
        }
    }

    @Test func `a quote that keeps nothing can be replaced and released`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market)
            _ = try await till.quote(lines: [Till.line(1, "p3", 5_000)], hold: "basket-1")
            let second = try await till.quote(lines: [Till.line(1, "p3", 5_000)], hold: "basket-1")
            let path = "/v1/retailers/\(till.town.retailer)/quotes/\(second["quote_id"].string ?? "")"
            let released = try await market.delete(path, as: till.key)

            #expect(released.status == 204, "\(released.text)")
            #expect(try await till.findings() == [])
        }
    }
}

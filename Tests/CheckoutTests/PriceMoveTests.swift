import JSONText
import Kernel
import Tenancy
import TestSupport
import Testing

/// A till's price above what `discount_max_per_unit` was based on: recorded 100.00, so 15.00 + 10 % at most.
@Suite struct PriceMoveTests {
    @Test func `a percentage is capped and both sides are told, once a day`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market)
            let quote = try await till.quote(lines: [Till.line(1, "p1", 20_000)])
            _ = try await till.quote(lines: [Till.line(1, "p1", 20_000)])
            _ = try await till.quote(lines: [Till.line(1, "p1", 20_000)], hold: "basket-1")
            try await till.town.advance(to: "2026-03-10T09:00:00Z")
            _ = try await till.quote(lines: [Till.line(1, "p1", 20_000)], hold: "basket-2")

            #expect(quote["total_discount"]["amount"] == 1_650)
            let told = try await till.events("campaign.price_moved")
            #expect(told.count == 2)
            #expect(
                told.first == [
                    "campaign_id": .string("\(till.campaign)"), "supplier_id": .string("\(till.town.supplier)"),
                    "agreement_id": .string("\(till.town.agreement)"), "name": "Weekend milk", "state": "running",
                    "version": 1, "product_id": "p1", "recorded_base": ["amount": 10_000, "currency": "RUB"],
                    "base": ["amount": 20_000, "currency": "RUB"],
                    "discount_max_per_unit": ["amount": 1_650, "currency": "RUB"], "is_withheld": false,
                ])
            let supplier = try await market.key(of: till.town.supplier, .admin)
            let feed = try await market.get(
                "/v1/retailers/\(till.town.retailer)/events?types=campaign.price_moved", as: supplier)
            #expect(feed.json["data"].elements.map { $0["data"] } == told)
        }
    }

    @Test func `a fixed price is withheld and told of`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(
                in: market, products: ["ids": ["p1"]], reward: ["type": "fixed_price", "price_per_unit": 8_500])
            let quote = try await till.quote(lines: [Till.line(1, "p1", 20_000)])

            #expect(quote["reasons"][0]["reason"] == "price_moved")
            #expect(try await till.events("campaign.price_moved").map { $0["is_withheld"] } == [true])
        }
    }

    @Test func `a price that did not move tells nothing`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market)
            _ = try await till.quote(lines: [Till.line(1, "p1", 10_000)])
            _ = try await till.quote(lines: [Till.line(1, "p1", 11_000)], hold: "basket-1")

            #expect(try await till.events("campaign.price_moved") == [])
        }
    }
}

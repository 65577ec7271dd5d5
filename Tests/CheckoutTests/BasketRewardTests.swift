import JSONText
import Kernel
import TestSupport
import Testing

/// Rewards on several lines together at a till: quoted, held, paid by line, given back by line.
@Suite struct BasketRewardTests {
    private static let threeForTwo: JSONValue = ["type": "n_for_m", "take": 3, "pay_for": 2]

    @Test func `three for the price of two is quoted by line, held, paid, and given back by line`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market, together: Self.threeForTwo)
            let lines = [Till.line(1, "p1", 20_000, quantity: 2), Till.line(2, "p2", 20_000)]
            let quote = try await till.quote(lines: lines, hold: "basket-1")
            let held = try await till.spend()
            // The cheapest of 200.00, 100.00 and 100.00 is free: 100.00 by 200 : 200.
            let paid = try await till.post(
                till.receipt(
                    "1",
                    [
                        Till.line(1, "p1", 20_000, quantity: 2, discounts: [till.discount(quote, 5_000)]),
                        Till.line(2, "p2", 20_000, discounts: [till.discount(quote, 5_000)]),
                    ]))
            let sold = try await till.spend()
            try await till.accepted(till.returns("2", of: "1", line: 2, product: "p2", amount: 15_000))

            #expect(quote["total_discount"]["amount"] == 10_000)
            #expect(quote["lines"][0]["discounts"][0]["amount"] == 5_000)
            #expect(quote["lines"][0]["discounts"][0]["units"] == 2)
            #expect(quote["lines"][1]["discounts"][0]["units"] == 1)
            #expect(held == [500_000 - 11_000, 0, 11_000])
            #expect(paid.json["discounts"][0]["funded_amount"] == 5_000)
            #expect(paid.json["discounts"][1]["funded_amount"] == 5_000)
            #expect(sold == [500_000 - 11_000, 11_000, 0])
            // The returned line's share comes back, with its fee; the rest keeps its own.
            #expect(try await till.spend() == [500_000 - 5_500, 5_500, 0])
            #expect(try await till.findings() == [])
        }
    }

    @Test func `of pieces that go together the pace lets whole sets through, and says what keeps the rest`() async throws {
        try await TestMarket.run { market in
            // 90.00, the most at what a piece costs, and a fee of 9.00 for each three.
            let till = try await Till.open(
                in: market, together: Self.threeForTwo, pacing: ["amount_per_store": rubles(15_000)])
            let quote = try await till.quote(lines: [Till.line(1, "p1", 60_000, quantity: 6)], hold: "basket-1")
            let other = try await till.quote(lines: [Till.line(1, "p1", 30_000, quantity: 3)])

            #expect(quote["total_discount"]["amount"] == 9_000)
            #expect(quote["reasons"][0]["reason"] == "store_budget_reached" && quote["reasons"][0]["units"] == 3)
            #expect(other["total_discount"]["amount"] == 0)
            #expect(other["reasons"][0]["reason"] == "store_budget_reached" && other["reasons"][0]["units"] == nil)
            #expect(try await till.counters().first == "amount_per_store: 0 9900")
            #expect(try await till.findings() == [])
        }
    }

    @Test func `without a quote the receipt's own lines say what is allowed`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market, together: Self.threeForTwo)
            let whole = try await till.post(
                till.receipt(
                    "1",
                    [
                        Till.line(1, "p1", 20_000, quantity: 2, discounts: [till.discount(nil, 6_000)]),
                        Till.line(2, "p2", 20_000, discounts: [till.discount(nil, 4_000)]),
                    ]))
            let alone = try await till.accepted(till.sale("2", quantity: 2, discount: 5_000, shopper: nil))

            // More than its share is not allowed; less is paid as it was claimed.
            #expect(whole.json["discounts"][0]["allowed_amount"] == 5_000)
            #expect(whole.json["discounts"][0]["funded_amount"] == 5_000)
            #expect(whole.json["discounts"][0]["reason"] == "more_than_quoted")
            #expect(whole.json["discounts"][1]["funded_amount"] == 4_000)
            #expect((alone["funded_amount"], alone["reason"]) == (0, "no_quote"))
            #expect(try await till.findings() == [])
        }
    }

    @Test(arguments: [true, false])
    func `a quoted set that is not bought whole is paid as far as what was bought makes one`(isHeld: Bool) async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market, together: Self.threeForTwo)
            let quote = try await till.quote(
                lines: [Till.line(1, "p1", 30_000, quantity: 3), Till.line(2, "p2", 60_000, quantity: 3)],
                hold: isHeld ? "basket-1" : nil)
            let paid = try await till.post(
                till.receipt("1", [Till.line(1, "p1", 30_000, quantity: 3, discounts: [till.discount(quote, 9_000)])]))
            let other = try await till.quote(
                lines: [Till.line(1, "p1", 20_000, quantity: 2), Till.line(2, "p2", 20_000)],
                hold: isHeld ? "basket-2" : nil)
            let broken = try await till.post(
                till.receipt("2", [Till.line(1, "p1", 20_000, quantity: 2, discounts: [till.discount(other, 5_000)])]))

            // Three of one product still are three, down to what the product may be sold at.
            #expect(paid.json["discounts"][0]["funded_amount"] == 9_000)
            #expect(broken.json["discounts"][0]["funded_amount"] == 0)
            #expect(try await till.spend() == [500_000 - 9_900, 9_900, 0])
            #expect(try await till.findings() == [])
        }
    }

    @Test func `a set costs its price, and what is missing is said`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(
                in: market, products: ["ids": ["p1", "p2"]],
                together: [
                    "type": "set", "price": 24_000,
                    "parts": [["products": ["p1"], "quantity": 1], ["products": ["p2"], "quantity": 1]],
                ])
            let both = try await till.quote(lines: [Till.line(1, "p1", 10_000), Till.line(2, "p2", 20_000)])
            let half = try await till.quote(lines: [Till.line(1, "p1", 10_000)])

            #expect(both["lines"][0]["offer_amount"] == 8_000)
            #expect(both["lines"][1]["offer_amount"] == 16_000)
            #expect(half["total_discount"]["amount"] == 0)
            #expect(half["reasons"][0]["reason"] == "set_incomplete")
            #expect(half["reasons"][0]["text"] == "Для этого предложения нужно больше товаров.")
        }
    }

    @Test func `a percentage of the matching lines begins at its amount`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(
                in: market, together: ["type": "lines_percent_off", "basis_points": 1_000, "from_amount": 25_000])
            let enough = try await till.quote(
                lines: [Till.line(1, "p1", 10_000), Till.line(2, "p2", 20_000), Till.line(3, "p3", 5_000)])
            let less = try await till.quote(lines: [Till.line(1, "p1", 10_000), Till.line(3, "p3", 50_000)])

            #expect(enough["total_discount"]["amount"] == 3_000)
            #expect(enough["lines"][0]["discounts"][0]["amount"] == 1_000)
            #expect(less["total_discount"]["amount"] == 0)
            #expect(less["reasons"][0]["reason"] == "set_incomplete")
        }
    }

    @Test func `a store's limit is shared by its shoppers, comes back with returns, and binds no other store`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(
                in: market, limits: ["units_per_shopper": 9, "units_per_receipt": 9, "units_per_line": 2, "units_per_store": 3])
            let line = try await till.quote(lines: [Till.line(1, "p1", 40_000, quantity: 4)])
            try await till.accepted(till.sale("1", quantity: 2, discount: 3_000, shopper: "h1"))
            let hold = try await till.quote(lines: [Till.line(1, "p1", 20_000, quantity: 2)], hold: "b", shopper: "h2")
            let kept = try await till.counters()
            let full = try await till.accepted(till.sale("2", discount: 1_500, shopper: "h3"))
            try await till.accepted(till.back("3", of: "1", amount: 8_500))
            let again = try await till.accepted(till.sale("4", discount: 1_500, shopper: "h3"))

            #expect(line["lines"][0]["discounts"][0]["units"] == 2)
            #expect(line["reasons"][0]["units"] == 2)
            #expect(hold["lines"][0]["discounts"][0]["units"] == 1)
            #expect(kept.contains("units_per_store: 2 1"))
            #expect(full["reason"] == "limit_reached")
            #expect(again["funded_amount"] == 1_500)
            #expect(try await till.counters().contains("units_per_store: 2 1"))
            #expect(try await till.findings() == [])
        }
    }

    @Test func `groups stack in the order of the retailer's policy, at the till and on the receipt`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market, limits: Till.usualLimits, group: "supplier")
            let second = try await till.town.launched([
                "name": "Also", "reward": ["type": "amount_off", "amount_per_unit": 1_000], "stacking_group": "loyalty",
                "limits": Till.usualLimits, "starts_at": "2026-03-10T00:00:00", "budget": ["amount": 100_000, "currency": "RUB"],
            ])
            try await till.town.advance(to: "2026-03-10T09:00:00Z")
            let best = try await till.quote(lines: [Till.line(1, "p1", 10_000)])
            try await till.setStacking(["loyalty", "supplier"])
            let both = try await till.quote(lines: [Till.line(1, "p1", 10_000)], hold: "b")
            let other: JSONValue = ["campaign_id": .string("\(second)"), "amount": 1_000, "quote_id": both["quote_id"]]
            var line = Till.line(1, "p1", 10_000, discounts: [till.discount(both, 1_350), other]).members
            line["paid_amount"] = 7_650
            let paid = try await till.post(till.receipt("1", [.object(line)], day: "2026-03-10"))
            let unquoted: JSONValue = ["campaign_id": .string("\(second)"), "amount": 1_000]
            let ruled = try await till.post(
                till.receipt(
                    "2", [Till.line(1, "p1", 10_000, discounts: [till.discount(nil, 1_500), unquoted])], day: "2026-03-10"))

            #expect(best["lines"][0]["discounts"].elements.map { $0["amount"] } == [1_500])
            #expect(Set(both["lines"][0]["discounts"].elements.compactMap { $0["amount"].integer }) == [1_000, 1_350])
            #expect(both["lines"][0]["offer_amount"] == 7_650)
            #expect(paid.json["discounts"].elements.map { $0["reason"] } == [.null, .null])
            // 15 % of what the other left is allowed, not of the whole.
            let first = ruled.json["discounts"].elements.first { $0["campaign_id"].string == "\(till.campaign)" }
            #expect((first?["allowed_amount"], first?["funded_amount"]) == (1_350, 1_350))
            #expect(try await till.findings() == [])
        }
    }
}

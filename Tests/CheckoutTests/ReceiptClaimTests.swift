import JSONText
import Kernel
import Postgres
import TestSupport
import Testing

/// What a till may claim on a receipt, however oddly, and what it is paid.
@Suite struct ReceiptClaimTests {
    @Test func `a line names a campaign once`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market)
            let quote = try await till.quote(lines: [Till.line(1, "p1", 10_000)], hold: "basket-1")
            let twice = [till.discount(quote, 10), till.discount(quote, 10)]
            let refused = try await till.post(
                till.receipt("1", [Till.line(2, "p3", 5_000), Till.line(1, "p1", 10_000, discounts: twice)]))
            let paid = try await till.accepted(till.sale("1", discount: 10, quote: quote, shopper: nil))

            #expect(refused.status == 422)
            #expect(
                refused.json["errors"] == [
                    [
                        "pointer": "/lines/1/discounts/1/campaign_id", "code": "duplicate_campaign",
                        "detail": "The line names the campaign twice.",
                    ]
                ])
            #expect(paid["funded_amount"] == 10)
            #expect(try await till.findings() == [])
        }
    }

    @Test func `the largest quantity of a weighed line is quoted and paid`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market, discountMax: Money.bound)
            var line = Till.line(1, "p2", 10_000, discounts: [till.discount(nil, 1_500)]).members
            line["unit"] = "kg"
            line["quantity_milli"] = 1_000_000_000_000
            let paid = try await till.accepted(till.receipt("1", [.object(line)]))

            #expect(paid["funded_amount"] == 1_500)
        }
    }

    @Test func `a till that kept the limit by itself is paid what it claimed`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market, limits: ["units_per_receipt": 1, "units_per_shopper": 5])
            var line = Till.line(1, "p1", 30_000, discounts: [till.discount(nil, 1_500)]).members
            line["quantity_milli"] = 3_000
            let paid = try await till.accepted(till.receipt("1", [.object(line)]))

            #expect((paid["funded_amount"], paid["reason"]) == (1_500, .null))
            #expect(try await till.findings() == [])
        }
    }

    @Test func `a hold that is paid on another business day counts on the day of its quote, and comes back there`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market, limits: Self.daily)
            let quote = try await till.quote(lines: [Till.line(1, "p1", 10_000)], hold: "basket-1", shopper: "h1")
            try await till.accepted(till.sale("1", discount: 1_500, quote: quote, day: "2026-03-08", soldAt: Self.noon))
            let sold = try await till.counters()
            let found = try await till.findings()
            try await till.accepted(till.back("2", of: "1", amount: 8_500, soldOn: "2026-03-08"))

            #expect(sold == ["units_per_shopper_day 2026-03-09: 1 0"])
            #expect(found == [])
            #expect(try await till.counters() == ["units_per_shopper_day 2026-03-09: 0 0"])
            #expect(try await till.findings() == [])
        }
    }

    @Test func `a full day does not refuse a held receipt of another day`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market, limits: Self.daily)
            let quote = try await till.quote(lines: [Till.line(1, "p1", 10_000)], hold: "basket-1", shopper: "h1")
            try await till.accepted(till.sale("1", discount: 1_500, day: "2026-03-08", soldAt: Self.noon))
            let paid = try await till.accepted(
                till.sale("2", discount: 1_500, quote: quote, day: "2026-03-08", soldAt: Self.noon))

            #expect(paid["funded_amount"] == 1_500)
            #expect(
                try await till.counters() == [
                    "units_per_shopper_day 2026-03-08: 1 0", "units_per_shopper_day 2026-03-09: 1 0",
                ])
            #expect(try await till.findings() == [])
        }
    }

    @Test func `a further campaign on a line that was funded is not paid`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market)
            let other = try await till.town.launched(["starts_at": "2026-03-09T13:00:00"])
            try await till.town.advance(to: "2026-03-09T10:30:00Z")
            let second: JSONValue = ["campaign_id": .string("\(other)"), "amount": 1_500]
            var receipt = till.receipt(
                "1", [Till.line(1, "p1", 10_000, discounts: [till.discount(nil, 1_500), second])]
            ).members
            receipt["sold_at"] = "2026-03-09T10:30:00Z"
            let reply = try await till.post(.object(receipt))
            let discounts = [reply.json["discounts"][0], reply.json["discounts"][1]]

            #expect(reply.status == 201, "\(reply.text)")
            #expect(discounts.compactMap { $0["funded_amount"].integer }.sorted() == [0, 1_500])
            #expect(discounts.compactMap { $0["reason"].string } == ["more_than_quoted"])
            #expect(discounts.first { $0["reason"].string != nil }?["allowed_amount"] == 0)
            #expect(try await till.findings() == [])
        }
    }

    @Test func `what a hold keeps counts to the limit of the receipt`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market, limits: ["units_per_shopper": 100, "units_per_receipt": 2])
            let quote = try await till.quote(lines: [Till.line(2, "p1", 20_000, quantity: 2)], hold: "basket-1")
            let reply = try await till.post(
                till.receipt(
                    "1",
                    [
                        Till.line(1, "p1", 10_000, discounts: [till.discount(nil, 1_500)]),
                        Till.line(2, "p1", 20_000, quantity: 2, discounts: [till.discount(quote, 3_000)]),
                    ]))

            #expect(reply.json["discounts"][0]["reason"] == "limit_reached")
            #expect(reply.json["discounts"][1]["funded_amount"] == 3_000)
            #expect(try await till.findings() == [])
        }
    }

    @Test func `a shopper's first purchase is paid from its own hold, and counts for the shopper`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market, limits: ["units_per_shopper": 1, "units_per_receipt": 1])
            let line = Till.line(1, "p1", 10_000)
            let first = try await till.quote(lines: [line], hold: "basket-1", shopper: "new-1")
            let second = try await till.quote(lines: [line], hold: "basket-2", shopper: "new-2")
            let paid = try await till.accepted(till.sale("1", discount: 1_500, quote: first, shopper: "new-1"))
            let again = try await till.accepted(till.sale("2", discount: 1_500, shopper: "new-1"))

            #expect(second["total_discount"]["amount"] == 1_500)
            #expect(paid["funded_amount"] == 1_500)
            #expect(again["reason"] == "limit_reached")
            #expect(try await till.spend() == [500_000 - 3_300, 1_650, 1_650])
            #expect(try await till.findings() == [])
        }
    }

    @Test func `a quote without a hold is of the stranger who was named, and of no other`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market)
            let quote = try await till.quote(lines: [Till.line(1, "p1", 10_000)], shopper: "new-1")
            try await till.town.advance(to: "2026-03-09T09:30:00Z")
            try await till.town.act(till.campaign, "pause", as: till.town.approver, ["reason": "no more"])
            let late = "2026-03-09T09:30:30Z"
            let other = try await till.accepted(
                till.sale("1", discount: 1_500, quote: quote, shopper: "new-2", soldAt: late))
            let own = try await till.accepted(
                till.sale("2", discount: 1_500, quote: quote, shopper: "new-1", soldAt: late))

            #expect(other["reason"] == "no_quote")
            #expect(own["funded_amount"] == 1_500)
        }
    }

    @Test func `a hold whose time was up is honoured once`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market)
            let quote = try await till.quote(lines: [Till.line(1, "p2", 10_000)], hold: "basket-1")
            try await till.letHoldsLapse()
            // At sale the rules would give a half of it.
            let sale = { (number: String) in
                till.receipt(number, [Till.line(1, "p2", 5_000, discounts: [till.discount(quote, 1_500)])])
            }
            let first = try await till.accepted(sale("1"))
            let second = try await till.accepted(sale("2"))

            #expect(first["funded_amount"] == 1_500)
            #expect(second["funded_amount"] == 750)
            #expect(try await till.findings() == [])
        }
    }

    @Test func `a hold whose time was up is honoured for a day`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market)
            let quote = try await till.quote(lines: [Till.line(1, "p2", 10_000)], hold: "basket-1")
            try await till.letHoldsLapse()
            try await till.change { retailer in
                "UPDATE held_quote SET quoted_at = quoted_at - interval '1 year' WHERE retailer_id = \(retailer)"
            }
            let late = try await till.accepted(
                till.receipt("1", [Till.line(1, "p2", 5_000, discounts: [till.discount(quote, 1_500)])]))

            #expect(late["funded_amount"] == 750)
            #expect(late["reason"] == "more_than_quoted")
        }
    }

    private static let noon = "2026-03-09T09:00:00Z"
    private static let daily: JSONValue = ["units_per_shopper_day": 1, "units_per_receipt": 1]
}

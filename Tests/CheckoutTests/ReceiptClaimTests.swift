import JSONText
import Kernel
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
}

import Campaigns
import JSONText
import Kernel
import Ledger
import Parties
import Postgres
import Tenancy
import TestSupport
import Testing

/// From a launched campaign to the money: quotes, holds, receipts, returns, through the API.
@Suite struct CheckoutTests {
    @Test func `a quote without a hold is paid when the receipt brings it back, once`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market)
            let quote = try await till.quote(lines: [Till.line(1, "p1", 10_000)])
            let receipt = till.receipt("1", [Till.line(1, "p1", 10_000, discounts: [till.discount(quote, 1_500)])])
            let posted = try await till.post(receipt)
            let replayed = try await till.post(receipt)

            #expect(quote["lines"][0]["offer_amount"] == 8_500)
            #expect(quote["total_discount"]["amount"] == 1_500)
            #expect(posted.status == 201)
            #expect(posted.json["discounts"][0]["funded_amount"] == 1_500)
            #expect(posted.json["discounts"][0]["reason"] == nil)
            #expect(replayed.status == 200)
            #expect(replayed.json["state"] == "replayed")
            #expect(replayed.json["discounts"] == posted.json["discounts"])
            #expect(try await till.spend() == [500_000 - 1_650, 1_650, 0])
        }
    }

    @Test func `a hold keeps money until the receipt posts it`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market)
            let quote = try await till.quote(lines: [Till.line(1, "p1", 10_000)], hold: "basket-1")
            let held = try await till.spend()
            let posted = try await till.post(
                till.receipt("1", [Till.line(1, "p1", 10_000, discounts: [till.discount(quote, 1_500)])]))

            #expect(held == [500_000 - 1_650, 0, 1_650])
            #expect(posted.json["discounts"][0]["funded_amount"] == 1_500)
            #expect(try await till.spend() == [500_000 - 1_650, 1_650, 0])
        }
    }

    @Test func `a new quote of a basket takes the place of its earlier hold, and a release gives all back`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market)
            _ = try await till.quote(lines: [Till.line(1, "p1", 10_000)], hold: "basket-1")
            let second = try await till.quote(lines: [Till.line(1, "p2", 20_000)], hold: "basket-1")
            let held = try await till.spend()
            let released = try await market.delete(
                "/v1/retailers/\(till.town.retailer)/quotes/\(second["quote_id"].string ?? "")", as: till.key)

            #expect(held == [500_000 - 3_300, 0, 3_300])
            #expect(released.status == 204)
            #expect(try await till.spend() == [500_000, 0, 0])
        }
    }

    @Test func `what no quote and no rule allows stands as unfunded with its reason`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market)
            let none = till.receipt("1", [Till.line(1, "p3", 5_000, discounts: [till.discount(nil, 500)])])
            let more = till.receipt("2", [Till.line(1, "p1", 10_000, discounts: [till.discount(nil, 2_000)])])
            let stranger: JSONValue = ["campaign_id": "campaign_01h455vb4pex5vsknk084sn02q", "amount": 100]
            let unknown = till.receipt("3", [Till.line(1, "p1", 10_000, discounts: [stranger])])

            let answers = [try await till.post(none), try await till.post(more), try await till.post(unknown)].map {
                $0.json["discounts"][0]
            }

            #expect(answers.map { $0["reason"].string } == ["no_quote", "more_than_quoted", "unknown_campaign"])
            #expect(answers.map { $0["funded_amount"].integer } == [0, 1_500, 0])
        }
    }

    @Test func `a return gives back what was paid, to the last unit`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market)
            let quote = try await till.quote(lines: [Till.line(1, "p1", 20_000, quantity: 2)])
            _ = try await till.post(
                till.receipt("1", [Till.line(1, "p1", 20_000, quantity: 2, discounts: [till.discount(quote, 3_000)])]))
            let first = try await till.post(till.returns("2", of: "1", line: 1, product: "p1", amount: 8_500))
            let half = try await till.spend()
            _ = try await till.post(till.returns("3", of: "1", line: 1, product: "p1", amount: 8_500))

            #expect(first.json["returns"][0]["match"] == "original")
            #expect(half == [500_000 - 1_650, 1_650, 0])
            #expect(try await till.spend() == [500_000, 0, 0])
        }
    }

    @Test func `40 tills redeem from a budget for a fraction: it is spent to the end and never beyond`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market, budget: 10_000)
            let replies = try await withThrowingTaskGroup(of: JSONValue.self) { group in
                for number in 0..<40 {
                    group.addTask {
                        let line = Till.line(1, "p1", 10_000, discounts: [till.discount(nil, 1_500)])
                        return try await till.post(till.receipt("r\(number)", [line])).json["discounts"][0]
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let funded = replies.compactMap { $0["funded_amount"].integer }

            #expect(funded.count == 40)
            #expect(replies.filter { $0["reason"] == "budget_exhausted" }.count == 40 - funded.filter { $0 == 1_500 }.count)
            let spend = try await till.spend()
            #expect(spend[1] <= 10_000)
            #expect(spend[0] + spend[1] == 10_000)
            #expect(spend[0] < 2)
        }
    }
}

import Campaigns
import JSONText
import Kernel
import Postgres
import Tenancy
import TestSupport
import Testing

/// A unit of p1 costs the budget 15.00 and a fee of 1.50.
@Suite struct BudgetWatchTests {
    @Test func `both sides are told at half, four fifths and all of a budget, once each, with the sale`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market, budget: 16_500)
            for number in 1...10 { _ = try await till.post(till.sale("\(number)", discount: 1_500)) }
            let again = try await till.post(till.sale("5", discount: 1_500))

            let told = try await till.events("campaign.budget_reached")
            #expect(again.json["state"] == "replayed")
            #expect(told.map { $0["percent"].integer } == [50, 80, 100])
            #expect(
                told.first == [
                    "campaign_id": .string("\(till.campaign)"), "supplier_id": .string("\(till.town.supplier)"),
                    "agreement_id": .string("\(till.town.agreement)"), "name": "Weekend milk", "version": 1, "percent": 50,
                    "budget": roubles(16_500), "captured": roubles(8_250), "reserved": roubles(0),
                ])
            let supplier = try await market.key(of: till.town.supplier, .admin)
            let feed = try await market.get(
                "/v1/retailers/\(till.town.retailer)/events?types=campaign.budget_reached", as: supplier)
            #expect(feed.json["data"].elements.map { $0["data"] } == told)
        }
    }

    @Test func `what quotes keep crosses no level, and what returns give back lets it be crossed anew`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market, budget: 16_500)
            for basket in 1...10 {
                _ = try await till.quote(lines: [Till.line(1, "p1", 10_000)], hold: "b\(basket)", shopper: "h1")
            }
            let held = try await till.events("campaign.budget_reached")
            for basket in 1...10 {
                let quote = try await till.quote(lines: [Till.line(1, "p1", 10_000)], hold: "b\(basket)", shopper: "h1")
                if basket <= 5 { _ = try await till.post(till.sale("\(basket)", discount: 1_500, quote: quote)) }
            }
            _ = try await till.post(till.back("r1", of: "5", amount: 8_500))
            let quote = try await till.quote(lines: [Till.line(1, "p1", 10_000)], hold: "b11", shopper: "h1")
            _ = try await till.post(till.sale("11", discount: 1_500, quote: quote))

            #expect(held == [])
            #expect(try await till.events("campaign.budget_reached").map { $0["percent"].integer } == [50, 50])
        }
    }

    @Test func `tills that race tell of each level once`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(
                in: market, budget: 66_000, limits: ["units_per_shopper": 1_000, "units_per_receipt": 10])
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 1...48 {
                    group.addTask { _ = try await till.post(till.sale("\(number)", discount: 1_500, shopper: "h\(number)")) }
                }
                try await group.waitForAll()
            }

            #expect(try await till.spend() == [0, 66_000, 0])
            #expect(try await till.events("campaign.budget_reached").map { $0["percent"].integer } == [50, 80, 100])
        }
    }

    @Test func `a campaign whose budget is used up is paused, and refuses quotes for that reason`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market, budget: 3_300)
            for number in 1...2 { _ = try await till.post(till.sale("\(number)", discount: 1_500)) }
            try await till.town.advance(to: "2026-03-09T09:00:05Z")
            let campaign = try await market.get("\(till.town.path)/\(till.campaign)", as: till.town.marketer).json
            let quote = try await till.quote(lines: [Till.line(1, "p1", 10_000)])
            let sale = try await till.post(till.sale("3", discount: 1_500))
            let resume = try await till.town.attempt(
                till.campaign, "resume", as: till.town.marketer, ["reason": "because"])

            #expect((campaign["state"], campaign["paused_by"]) == ("paused", "platform"))
            #expect(campaign["pause_reason"] == "budget_exhausted")
            #expect(quote["reasons"].elements.map { $0["reason"] } == ["budget_exhausted"])
            #expect(sale.json["discounts"][0]["reason"] == "budget_exhausted")
            #expect((resume.status, resume.json["code"]) == (409, "paused_by_other_side"))
            #expect(
                try await till.town.eventTypes(of: till.campaign).filter { $0.hasPrefix("campaign.") }.suffix(2) == [
                    "campaign.budget_reached", "campaign.paused",
                ])
        }
    }

    @Test func `goods by weight are paid as long as money is there, though it pays for no whole kilogram`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market, budget: 2_000)
            try await till.change { "UPDATE product SET unit = 'kg' WHERE retailer_id = \($0) AND product_id IN ('p1', 'p2')" }
            try await till.accepted(till.sale("1", discount: 1_500))
            let told = try await till.events("campaign.budget_reached").map { $0["percent"].integer }
            try await till.town.advance(to: "2026-03-09T09:00:05Z")
            let state = try await till.town.state(till.campaign)
            var line = Till.line(1, "p1", 1_000, discounts: [till.discount(nil, 150)]).members
            (line["quantity_milli"], line["unit"]) = (100, "kg")
            let part = try await till.post(till.receipt("2", [.object(line)]))

            #expect(told == [50, 80])
            #expect(state == "running")
            #expect(part.json["discounts"][0]["funded_amount"] == 150, "\(part.text)")
            #expect(try await till.spend() == [2_000 - 1_650 - 165, 1_650 + 165, 0])
            #expect(try await till.findings() == [])
        }
    }

    @Test func `one unit that comes back does not start it anew, half of the budget does`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market, budget: 16_500)
            for number in 1...10 { _ = try await till.post(till.sale("\(number)", discount: 1_500)) }
            try await till.town.advance(to: "2026-03-09T09:00:05Z")
            _ = try await till.post(till.back("r1", of: "1", amount: 8_500))
            try await till.town.advance(to: "2026-03-09T09:00:10Z")
            let afterOne = try await till.town.state(till.campaign)
            for number in 2...6 { _ = try await till.post(till.back("r\(number)", of: "\(number)", amount: 8_500)) }
            try await till.town.advance(to: "2026-03-09T09:00:15Z")

            #expect((afterOne, try await till.town.state(till.campaign)) == ("paused", "running"))
        }
    }

    @Test func `a wallet that pays for what no budget paid tells when it falls low`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(
                in: market, budget: 1_650, balance: 5_000,
                unfundedBearers: ["budget_exhausted": ["bearer": "supplier", "cap": roubles(10_000)]])
            try await till.town.setLowBalance(3_000)
            for number in 1...3 { _ = try await till.post(till.sale("\(number)", discount: 1_500)) }

            // 5 000 less the budget is 3 350; then 1 500 are borne, and 1 500 more, which is below already.
            #expect(
                try await till.events("wallet.low_balance") == [
                    [
                        "wallet_id": .string("\(till.town.wallet)"), "supplier_id": .string("\(till.town.supplier)"),
                        "name": "Agreement", "threshold": roubles(3_000), "available": roubles(1_850),
                    ]
                ])
        }
    }
}

func roubles(_ amount: Int64) -> JSONValue { ["amount": .integer(amount), "currency": "RUB"] }

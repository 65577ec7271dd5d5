import Campaigns
import JSONText
import Kernel
import Offers
import Parties
import Postgres
import Shoppers
import Tenancy
import TestSupport
import Testing

/// Which offers a shopper is promised, over the whole service.
@Suite struct ChoiceTests {
    static let second: [String: JSONValue] = ["name": "Bread", "products": ["ids": ["p2"]]]

    @Test func `a shopper is promised the best one, and the retailer reads why`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            try await town.choose(["offers_per_shopper_max": 1])
            let milk = try await town.launch()
            let bread = try await town.launch(Self.second, at: "2026-03-02T13:00:00Z")
            for (number, day) in ["2026-03-03", "2026-03-05", "2026-03-07"].enumerated() {
                try await town.sell("p2", to: "h1", number: "\(number)", at: "\(day)T10:00:00Z")
                try await town.sell("p1", to: "h2", number: "\(number + 10)", at: "\(day)T11:00:00Z")
            }
            try await town.advance(to: "2026-03-09T09:00:00Z")

            #expect(try await town.shown(to: "h1") == ["\(bread)"])
            #expect(try await town.promised(on: "2026-03-09") == [milk: 59, bread: 1])
            let mine = try await town.explained("h1")
            #expect(mine[bread]?["verdict"] == "chosen")
            #expect(mine[milk]?["verdict"] == "no_slot")
            let parts = mine[bread]?["explanation"].elements ?? []
            #expect(parts.first?["feature"] == "base")
            #expect(parts.contains { $0["feature"] == "product_receipts" })
            #expect(parts.reduce(0) { $0 + ($1["millilogits"].integer ?? 0) } == mine[bread]?["score"].integer)
            #expect(try await town.verdicts("h2") == [milk: "chosen", bread: "no_slot"])
            #expect(mine[bread]?["decided_at"] == "2026-03-09T09:00:00Z")
        }
    }

    @Test func `what was taken back says why, and keeps its slot where it may come back`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            try await town.choose(["offers_per_shopper_max": 1])
            let milk = try await town.running()
            _ = try await town.launch(
                Self.second.merging(["starts_at": "2026-03-11T00:00:00"]) { $1 }, at: "2026-03-09T10:00:00Z")

            let before = try await town.explained("h1")[milk]
            try await town.act(milk, "pause", as: town.approver, ["reason": "the shelf is empty"])
            try await town.advance(to: "2026-03-11T09:00:00Z")
            let paused = try await town.explained("h1")[milk]

            #expect(before?["withdrawn"] == .null)
            #expect(paused?["verdict"] == "chosen" && paused?["withdrawn"] == "paused")
            #expect(try await town.promised(to: "h1", on: "2026-03-11") == [])

            try await town.act(milk, "resume", as: town.approver, ["reason": "it is full"])
            try await town.advance(to: "2026-03-12T09:00:00Z")
            #expect(try await town.explained("h1")[milk]?["withdrawn"] == .null)
            #expect(try await town.promised(to: "h1", on: "2026-03-12") == [milk])

            try await town.spend(500_000, of: milk)
            try await town.advance(to: "2026-03-13T09:00:00Z")
            #expect(try await town.explained("h1")[milk]?["withdrawn"] == "budget_exhausted")
        }
    }

    @Test func `what a price took back gives its slot free`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            try await town.choose(["offers_per_shopper_max": 1])
            let milk = try await town.running(["reward": ["type": "fixed_price", "price_per_unit": 9_000]])
            let bread = try await town.launch(
                Self.second.merging(["starts_at": "2026-03-11T00:00:00"]) { $1 }, at: "2026-03-09T10:00:00Z")
            try await market.makePrices(["p1": 9_000], of: town.retailer)
            try await town.advance(to: "2026-03-10T09:00:00Z")
            try await town.advance(to: "2026-03-11T09:00:00Z")

            #expect(try await town.explained("h1")[milk]?["withdrawn"] == "price_changed")
            #expect(try await town.promised(to: "h1", on: "2026-03-11") == [bread])
        }
    }

    @Test func `who starts in mid-period takes free slots only, and is ranked with the others in the next`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            try await town.choose(["offers_per_shopper_max": 1])
            let milk = try await town.launch()
            let bread = try await town.launch(
                Self.second.merging(["starts_at": "2026-03-11T00:00:00"]) { $1 }, at: "2026-03-02T13:00:00Z")
            try await town.set(ShopperFlags(personalOffers: false), of: "h1")
            for day in 3...5 { try await town.sell("p2", to: "h2", number: "\(day)", at: "2026-03-0\(day)T14:00:00Z") }
            try await town.advance(to: "2026-03-09T09:00:00Z")
            try await town.set(ShopperFlags(personalOffers: true), of: "h1")
            try await town.advance(to: "2026-03-11T09:00:00Z")

            #expect(try await town.promised(on: "2026-03-11") == [milk: 59, bread: 1])
            #expect(try await town.promised(to: "h1", on: "2026-03-11") == [bread])
            #expect(try await town.verdicts("h2") == [milk: "chosen", bread: "no_slot"])

            try await town.advance(to: "2026-03-16T09:00:00Z")
            #expect(try await town.promised(to: "h2", on: "2026-03-16") == [bread])
        }
    }

    @Test func `rivals of one category are not shown together, where the policy says so`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            let rival = try await town.rival()
            try await town.choose(["competitor_separation": "category"])
            let milk = try await town.launch()
            let other = try await rival.launch(Self.second, at: "2026-03-02T13:00:00Z")
            let again = try await town.launch(Self.second, at: "2026-03-02T14:00:00Z")
            try await town.advance(to: "2026-03-09T09:00:00Z")

            #expect(try await town.promised(on: "2026-03-09") == [milk: 60, again: 60])
            #expect(try await town.verdicts("h1") == [milk: "chosen", again: "chosen", other: "competitor"])
        }
    }

    @Test func `a category that was sold to one supplier is nobody else's`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            let rival = try await town.rival()
            try await town.choose([
                "category_exclusivity": [["category_id": "c1", "supplier_id": .string("\(rival.supplier)")]]
            ])
            let milk = try await town.launch()
            let other = try await rival.launch(Self.second, at: "2026-03-02T13:00:00Z")
            try await town.advance(to: "2026-03-09T09:00:00Z")

            #expect(try await town.promised(on: "2026-03-09") == [other: 60])
            #expect(try await town.verdicts("h1") == [milk: "exclusive", other: "chosen"])
        }
    }

    @Test func `each supplier gets a slot before any gets a second, where the policy is fair`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            let rival = try await town.rival()
            try await town.choose(["offers_per_shopper_max": 2, "slots": "fair"])
            let milk = try await town.launch()
            let again = try await town.launch(Self.second, at: "2026-03-02T13:00:00Z")
            let other = try await rival.launch(Self.second, at: "2026-03-02T14:00:00Z")
            try await town.advance(to: "2026-03-09T09:00:00Z")

            #expect(try await town.promised(on: "2026-03-09") == [milk: 60, other: 60])
            #expect(try await town.verdicts("h1") == [milk: "chosen", other: "chosen", again: "no_slot"])
        }
    }

    @Test func `who has used up the limit gives the slot to another offer`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            try await town.choose(["offers_per_shopper_max": 1])
            let milk = try await town.launch(["limits": ["units_per_shopper": 1, "units_per_receipt": 1]])
            let bread = try await town.launch(Self.second, at: "2026-03-02T13:00:00Z")
            try await town.advance(to: "2026-03-09T09:00:00Z")
            try await town.sell("p1", to: "h1", number: "1", at: "2026-03-09T08:59:00Z", discount: milk)
            #expect(try await town.promised(to: "h1", on: "2026-03-09") == [milk])
            try await town.advance(to: "2026-03-16T09:00:00Z")

            #expect(try await town.promised(to: "h1", on: "2026-03-16") == [bread])
            #expect(try await town.verdicts("h1") == [milk: "limit_reached", bread: "chosen"])
        }
    }

    @Test func `a week has no more different offers of suppliers than the policy says`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            try await town.choose(["offers_per_shopper_week_max": 1, "offer_period": "day"])
            let milk = try await town.launch()
            let bread = try await town.launch(
                Self.second.merging(["starts_at": "2026-03-10T00:00:00"]) { $1 }, at: "2026-03-02T13:00:00Z")
            try await town.advance(to: "2026-03-09T09:00:00Z")
            try await town.advance(to: "2026-03-10T09:00:00Z")

            #expect(try await town.promised(on: "2026-03-10") == [milk: 60])
            #expect(try await town.verdicts("h1") == [milk: "chosen", bread: "frequency"])
        }
    }

    @Test func `an offer that was never used rests for a period, and one that was does not`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            try await town.choose(["fatigue_periods": 2, "offer_period": "day"])
            let milk = try await town.launch()
            try await town.advance(to: "2026-03-09T09:00:00Z")
            try await town.sell("p1", to: "h1", number: "1", at: "2026-03-09T08:59:00Z", discount: milk)
            for day in ["10", "11"] { try await town.advance(to: "2026-03-\(day)T09:00:00Z") }

            #expect(try await town.promised(to: "h1", on: "2026-03-11") == [milk])
            #expect(try await town.promised(on: "2026-03-10") == [milk: 60])
            #expect(try await town.promised(on: "2026-03-11") == [milk: 1])
            #expect(try await town.verdicts("h2") == [milk: "fatigue"])

            try await town.advance(to: "2026-03-12T09:00:00Z")
            #expect(try await town.promised(to: "h2", on: "2026-03-12") == [milk])
        }
    }
}

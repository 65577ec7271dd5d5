import App
import Checkout
import JSONText
import Kernel
import Postgres
import TestSupport
import Testing

/// The table of docs/checkout.md, "What each return, void and hold does to each counter": each row here, each cell checked.
@Suite struct CounterTableTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        /// What happens after two pieces were sold on Monday, 9 March.
        let act: @Sendable (Till) async throws -> Void
        /// Used and held: of the campaign, of the shopper, of the day, of the week, of the store.
        let counters: [String]
        /// Used and held minor units of the pace: of the day, of the store, of the store on the day.
        let paces: [String]
        /// Captured and reserved minor units; a piece takes 15.00 and a fee of 1.50.
        let money: [Int64]

        var testDescription: String { name }
    }

    static let rows: [Row] = [
        Row(name: "the sale alone", act: { _ in }, counters: all("2 0"), paces: paces("3300 0"), money: [3_300, 0]),
        Row(
            name: "a return on the day of the sale", act: { try await $0.accepted($0.back("2", of: "1", amount: 8_500)) },
            counters: all("1 0"), paces: paces("1650 0"), money: [1_650, 0]),
        Row(
            name: "a return on another day of the week",
            act: { till in
                try await till.town.advance(to: "2026-03-10T09:00:00Z")
                try await till.accepted(till.back("2", of: "1", amount: 8_500, day: "2026-03-10"))
            }, counters: ["1 0", "1 0", "2 0", "1 0", "1 0"], paces: ["3300 0", "1650 0", "3300 0"], money: [1_650, 0]),
        Row(
            name: "a return in another week",
            act: { till in
                try await till.town.advance(to: "2026-03-16T09:00:00Z")
                try await till.accepted(till.back("2", of: "1", amount: 8_500, day: "2026-03-16"))
            }, counters: ["1 0", "1 0", "2 0", "2 0", "1 0"], paces: ["3300 0", "1650 0", "3300 0"], money: [1_650, 0]),
        Row(
            name: "a return of all",
            act: { try await $0.accepted($0.back("2", of: "1", quantity: 2, amount: 17_000)) }, counters: all("0 0"),
            paces: paces("0 0"), money: [0, 0]),
        Row(
            name: "a return while the campaign is paused",
            act: { till in
                try await till.town.act(till.campaign, "pause", as: till.town.approver, ["reason": "stock"])
                try await till.accepted(till.back("2", of: "1", amount: 8_500))
            }, counters: all("1 0"), paces: paces("1650 0"), money: [1_650, 0]),
        Row(
            name: "a return after the campaign was stopped",
            act: { till in
                try await till.town.act(till.campaign, "stop", as: till.town.approver, ["reason": "enough"])
                try await till.accepted(till.back("2", of: "1", amount: 8_500))
            }, counters: all("2 0"), paces: paces("3300 0"), money: [1_650, 0]),
        Row(
            name: "a return after the campaign has ended",
            act: { till in
                try await till.town.advance(to: "2026-03-23T09:00:00Z")
                try await till.accepted(till.back("2", of: "1", amount: 8_500, day: "2026-03-23"))
            }, counters: all("2 0"), paces: paces("3300 0"), money: [1_650, 0]),
        Row(
            name: "a return after the campaign was closed",
            act: { till in
                try await till.town.advance(to: "2026-04-06T09:00:00Z")
                #expect(try await till.town.state(till.campaign) == "closed")
                let before = try await till.town.balance()
                try await till.accepted(till.back("2", of: "1", amount: 8_500, day: "2026-04-06"))
                #expect(try await till.town.balance() == before + 1_650)
            }, counters: all("2 0"), paces: paces("3300 0"), money: [1_650, 0]),
        Row(
            name: "a return of a piece that was not discounted",
            act: { till in
                let quote = try await till.hold()
                try await till.accepted(till.sale("2", quantity: 2, discount: 1_500, quote: quote))
                try await till.accepted(till.back("3", of: "2", amount: 10_000))
            }, counters: all("3 0"), paces: paces("4950 0"), money: [4_950, 0]),
        Row(
            name: "a return that names no sale and is matched to the only one that it can be of",
            act: { till in
                var line = Till.line(1, "p1", 10_000).members
                line["paid_amount"] = 8_500
                var receipt = till.receipt("2", [.object(line)]).members
                receipt["kind"] = "return"
                receipt["shopper_id"] = "h1"
                try await till.accepted(.object(receipt))
            }, counters: all("1 0"), paces: paces("1650 0"), money: [1_650, 0]),
        Row(
            name: "a return that names no sale",
            act: { till in
                var line = Till.line(1, "p2", 20_000).members
                line["paid_amount"] = 20_000
                var receipt = till.receipt("2", [.object(line)]).members
                receipt["kind"] = "return"
                try await till.accepted(.object(receipt))
            }, counters: all("2 0"), paces: paces("3300 0"), money: [3_300, 0]),
        Row(
            name: "a void", act: { try await $0.accepted($0.void("2", of: "1")) }, counters: all("0 0"), paces: paces("0 0"),
            money: [0, 0]),
        Row(
            name: "the same return again",
            act: { till in
                try await till.accepted(till.back("2", of: "1", amount: 8_500))
                _ = try await till.post(till.back("2", of: "1", amount: 8_500))
            }, counters: all("1 0"), paces: paces("1650 0"), money: [1_650, 0]),
        Row(
            name: "the same void again",
            act: { till in
                try await till.accepted(till.void("2", of: "1"))
                _ = try await till.post(till.void("2", of: "1"))
                _ = try await till.post(till.void("3", of: "1"))
            }, counters: all("0 0"), paces: paces("0 0"), money: [0, 0]),
        Row(
            name: "a void of what was returned in part, which is refused",
            act: { till in
                try await till.accepted(till.back("2", of: "1", amount: 8_500))
                #expect(try await till.post(till.void("3", of: "1")).status == 409)
            }, counters: all("1 0"), paces: paces("1650 0"), money: [1_650, 0]),
        Row(
            name: "a hold", act: { _ = try await $0.hold() }, counters: all("2 1"), paces: paces("3300 1650"),
            money: [3_300, 1_650]),
        Row(
            name: "a hold that another of the basket replaced",
            act: { till in
                _ = try await till.hold(quantity: 3)
                _ = try await till.hold()
            }, counters: all("2 1"), paces: paces("3300 1650"), money: [3_300, 1_650]),
        Row(
            name: "a hold that was released",
            act: { till in
                let quote = try await till.hold()
                let path = "/v1/retailers/\(till.town.retailer)/quotes/\(quote["quote_id"].string ?? "")"
                let reply = try await till.town.market.delete(path, as: till.key)
                #expect(reply.status == 204)
            }, counters: all("2 0"), paces: paces("3300 0"), money: [3_300, 0]),
        Row(
            name: "a hold that lapsed",
            act: { till in
                _ = try await till.hold()
                try await till.letHoldsLapse()
                try await till.town.market.marketplace.quoteSweeper.sweep(till.town.retailer)
            }, counters: all("2 0"), paces: paces("3300 0"), money: [3_300, 0]),
        Row(
            name: "a hold that was paid",
            act: { till in
                let quote = try await till.hold()
                try await till.accepted(till.sale("2", discount: 1_500, quote: quote))
            }, counters: all("3 0"), paces: paces("4950 0"), money: [4_950, 0]),
        Row(
            name: "a hold that was paid on another day",
            act: { till in
                try await till.change { "UPDATE policy SET hold_seconds = 172800 WHERE retailer_id = \($0)" }
                let quote = try await till.hold()
                try await till.town.advance(to: "2026-03-10T09:00:00Z")
                try await till.accepted(till.sale("2", discount: 1_500, quote: quote, day: "2026-03-10"))
            }, counters: all("3 0"), paces: paces("4950 0"), money: [4_950, 0]),
        Row(
            name: "a hold that was paid in part",
            act: { till in
                let quote = try await till.hold(quantity: 3)
                try await till.accepted(till.sale("2", discount: 1_500, quote: quote))
            }, counters: all("3 0"), paces: paces("4950 0"), money: [4_950, 0]),
        Row(
            name: "a hold that lapsed and was paid then",
            act: { till in
                let quote = try await till.hold()
                try await till.letHoldsLapse()
                try await till.accepted(till.sale("2", discount: 1_500, quote: quote))
            }, counters: all("3 0"), paces: paces("4950 0"), money: [4_950, 0]),
        Row(
            name: "a void of a sale that a hold paid",
            act: { till in
                let quote = try await till.hold()
                try await till.accepted(till.sale("2", discount: 1_500, quote: quote))
                try await till.accepted(till.void("3", of: "2"))
            }, counters: all("2 0"), paces: paces("3300 0"), money: [3_300, 0]),
    ]

    @Test(arguments: rows)
    func `each return, void and hold does to each counter what the table says`(row: Row) async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(
                in: market,
                limits: [
                    "units_per_shopper": 9, "units_per_shopper_week": 9, "units_per_shopper_day": 9, "units_per_receipt": 9,
                    "units": 99, "units_per_store": 99,
                ], endsAt: "2026-03-23T00:00:00",
                pacing: [
                    "amount_per_day": rubles(9_000), "amount_per_store": rubles(9_900), "amount_per_store_day": rubles(8_900),
                    "even": true,
                ])
            try await till.accepted(till.sale("1", quantity: 2, discount: 3_000))
            try await row.act(till)

            let names = [
                "amount_per_day 2026-03-09", "amount_per_store", "amount_per_store_day 2026-03-09",
                "units", "units_per_shopper", "units_per_shopper_day 2026-03-09", "units_per_shopper_week 2026-03-09",
                "units_per_store",
            ]
            #expect(try await till.counters() == zip(names, row.paces + row.counters).map { "\($0): \($1)" })
            #expect(try await Array(till.spend().dropFirst()) == row.money)
            #expect(try await till.findings() == [])
        }
    }

    private static func all(_ units: String) -> [String] { [String](repeating: units, count: 5) }
    private static func paces(_ minor: String) -> [String] { [String](repeating: minor, count: 3) }
}

extension Till {
    /// A quote that keeps money and units for pieces of p1.
    fileprivate func hold(quantity: Int64 = 1) async throws -> JSONValue {
        try await quote(lines: [Self.line(1, "p1", 10_000 * quantity, quantity: quantity)], hold: "basket", shopper: "h1")
    }
}

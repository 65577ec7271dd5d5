import JSONText
import Kernel
import TestSupport
import Testing

/// Who bears what no budget pays: the retailer, unless the agreement names the supplier for the reason, up to its cap.
@Suite struct BearerTests {
    private static func bears(_ reason: String, upTo cap: Int64) -> JSONValue {
        .object([reason: ["bearer": "supplier", "cap": ["amount": .integer(cap), "currency": "RUB"]]])
    }

    @Test func `the supplier bears the reason that it agreed to, from its wallet, up to the cap of the month`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market, unfundedBearers: Self.bears("no_quote", upTo: 700))
            let before = try await till.town.balance()
            try await till.accepted(till.sale("1", discount: 500, product: "p3"))
            try await till.accepted(till.sale("2", discount: 500, product: "p3"))
            try await till.accepted(till.sale("3", discount: 2_000))
            let after = try await till.town.balance()

            #expect(before - after == 700)
            let told = try await till.events("redemption.unfunded")
            #expect(told.map { $0["reason"] } == ["no_quote", "no_quote", "more_than_quoted"])
            #expect(told.map { $0["borne_by"]["supplier"]["amount"] } == [500, 200, 0])
            #expect(told.map { $0["borne_by"]["retailer"]["amount"] } == [0, 300, 500])
            #expect(try await till.findings() == [])
        }
    }

    @Test func `an agreement that names nobody leaves all of it to the retailer`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market)
            let before = try await till.town.balance()
            try await till.accepted(till.sale("1", discount: 500, product: "p3"))

            #expect(try await till.town.balance() == before)
            #expect(
                try await till.events("redemption.unfunded").map { $0["borne_by"] } == [
                    [
                        "supplier": ["amount": 0, "currency": "RUB"], "retailer": ["amount": 500, "currency": "RUB"],
                    ]
                ])
        }
    }

    @Test func `what the wallet does not have the retailer bears`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(
                in: market, balance: 500_100, unfundedBearers: Self.bears("no_quote", upTo: 100_000))
            try await till.accepted(till.sale("1", discount: 500, product: "p3"))

            #expect(try await till.town.balance() == 0)
            #expect(try await till.events("redemption.unfunded").map { $0["borne_by"]["supplier"]["amount"] } == [100])
            #expect(try await till.findings() == [])
        }
    }

    @Test func `a return gives the borne part back to the wallet and frees the cap`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market, unfundedBearers: Self.bears("no_quote", upTo: 600))
            let before = try await till.town.balance()
            try await till.accepted(till.sale("1", quantity: 2, discount: 601, product: "p3"))
            try await till.accepted(till.back("2", of: "1", amount: 9_699, product: "p3"))
            let half = try await till.town.balance()
            try await till.accepted(till.back("3", of: "1", amount: 9_700, product: "p3"))
            let whole = try await till.town.balance()
            try await till.accepted(till.sale("4", discount: 600, product: "p3"))

            #expect(before - half == 300)
            #expect(whole == before)
            #expect(before - (try await till.town.balance()) == 600)
            #expect(
                try await till.events("redemption.returned").map { $0["borne_by_supplier"]["amount"] } == [300, 300])
            #expect(try await till.findings() == [])
        }
    }

    @Test func `a sale that is told of after the close is borne by the same agreement`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market, unfundedBearers: Self.bears("after_close", upTo: 1_000))
            try await till.town.advance(to: "2026-03-25T09:00:00Z")
            let closed = try await till.town.state(till.campaign)
            let before = try await till.town.balance()
            let answer = try await till.accepted(till.sale("1", discount: 1_500, soldAt: "2026-03-09T10:00:00Z"))

            #expect(closed == "closed")
            #expect(answer["reason"] == "after_close")
            #expect(before - (try await till.town.balance()) == 1_000)
            #expect(try await till.events("redemption.unfunded").map { $0["borne_by"]["supplier"]["amount"] } == [1_000])
            #expect(try await till.findings() == [])
        }
    }
}

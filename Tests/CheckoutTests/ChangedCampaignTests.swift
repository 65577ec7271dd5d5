import JSONText
import Kernel
import Ledger
import Settlement
import Tenancy
import TestSupport
import Testing

/// What a changed budget or end means at the tills. A piece of p1 takes 15.00 and a fee of 1.50.
@Suite struct ChangedCampaignTests {
    @Test func `a budget goes down to what is spent and kept, and no further`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market)
            try await till.accepted(till.sale("1", discount: 1_500))
            let lines = [Till.line(1, "p1", 10_000)]
            let kept = try await till.quote(lines: lines, hold: "b1", shopper: "h1")
            let below = try await till.change(["budget": rubles(3_299)])
            let exact = try await till.change(["budget": rubles(3_300)])
            let none = try await till.quote(lines: lines, shopper: "h2")
            let paid = try await till.accepted(till.sale("2", discount: 1_500, quote: kept))
            let spent = try await till.spend()
            try await till.accepted(till.back("3", of: "1", amount: 8_500))

            #expect((below.status, below.json["code"]) == (409, "budget_below_spent"))
            #expect(below.json["detail"] == "At least 3300 minor units stay.")
            #expect((exact.status, exact.json["state"]) == (200, "applied"))
            #expect(none["reasons"][0]["reason"] == "budget_exhausted")
            #expect(paid["funded_amount"] == 1_500)
            #expect(spent == [0, 3_300, 0])
            #expect(try await till.spend() == [1_650, 1_650, 0])
            #expect(try await till.town.balance() == 1_000_000 - 3_300)
            #expect(try await till.findings() == [])
        }
    }

    @Test func `sales before an earlier end are paid when they are told of later, those after it are not`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market)
            let sooner = try await till.change(["ends_at": "2026-03-10T00:00:00"])
            try await till.town.advance(to: "2026-03-10T09:00:00Z")
            let before = try await till.accepted(till.sale("1", discount: 1_500))
            let after = try await till.accepted(till.sale("2", discount: 1_500, day: "2026-03-10"))

            #expect(sooner.json["state"] == "applied")
            #expect(try await till.town.state(till.campaign) == "settling")
            #expect(before["funded_amount"] == 1_500)
            #expect(after["funded_amount"] == 0 && after["reason"] == "no_quote")
            #expect(try await till.findings() == [])
        }
    }

    @Test func `what came back stands in the wallet's statement as released`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market)
            try await till.accepted(till.sale("1", discount: 1_500))
            _ = try await till.change(["budget": rubles(100_000)])
            let base = "/v1/retailers/\(till.town.retailer)/statements"
            let open = try await market.get("\(base)?state=open&wallet_id=\(till.town.wallet)", as: till.town.treasurer)
            let statement = try await market.get(
                "\(base)/\(open.json["data"][0]["id"].string ?? "")", as: till.town.treasurer
            ).json
            var found: [String] = []
            for check in LedgerCheck.settlement {
                let report = try await Verification(market.database).run(check, of: till.town.retailer)
                found += report.examples.map { "\(check.name) \($0.subject): \($0.detail)" }
            }

            #expect(statement["releases"]["amount"] == 400_000 && statement["launches"]["amount"] == 500_000)
            #expect(found == [])
            #expect(try await till.findings() == [])
        }
    }

    @Test func `a later end gives an even pace more days, a bigger budget more money`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market, budget: 14_000, pacing: ["even": true])
            let analyst = try await market.key(of: till.town.retailer, .analyst)
            let path = "\(till.town.path)/\(till.campaign)/spend"
            let seven = try await market.get(path, as: analyst).json["pacing"]["allowance"]["amount"]
            let proposed = try await till.change(["ends_at": "2026-03-19T00:00:00", "budget": rubles(30_000)])
            let decided = try await till.town.attempt(
                till.campaign, "changes/\(proposed.json["id"].string ?? "")/approve", as: till.town.approver)
            let ten = try await market.get(path, as: analyst).json["pacing"]["allowance"]["amount"]

            #expect((seven, ten) == (2_000, 3_000))
            #expect(decided.json["state"] == "applied")
            #expect(try await till.findings() == [])
        }
    }

    @Test func `a budget that shrinks while tills sell is never overspent`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market)
            let paid = try await withThrowingTaskGroup(of: Int64.self) { group in
                for number in 0..<32 {
                    group.addTask {
                        guard number % 4 == 0 else {
                            return try await till.accepted(till.sale("\(number)", discount: 1_500, shopper: "h\(number)"))[
                                "funded_amount"
                            ].integer ?? 0
                        }
                        _ = try await till.change(["budget": rubles(Int64(8_000 + 500 * number))])
                        return 0
                    }
                }
                return try await group.reduce(0, +)
            }
            let spend = try await till.spend()

            #expect(paid > 0 && spend[0] >= 0 && spend[1] >= paid)
            #expect(try await till.town.balance() == 1_000_000 - spend[0] - spend[1])
            #expect(try await till.findings() == [])
        }
    }
}

extension Till {
    fileprivate func change(_ wanted: [String: JSONValue]) async throws -> TestClient.Reply {
        try await town.attempt(
            campaign, "changes", as: town.treasurer, .object(wanted.merging(["reason": "as agreed"]) { own, _ in own }))
    }
}

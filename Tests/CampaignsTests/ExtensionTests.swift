import App
import Campaigns
import EventLog
import JSONText
import Kernel
import Ledger
import Parties
import Postgres
import Tenancy
import TestSupport
import Testing

/// Budgets that grow within what was approved.
@Suite struct ExtensionTests {
    private static let extensible: [String: JSONValue] = [
        "budget_extension": ["limit": ["amount": 300_000, "currency": "RUB"]]
    ]

    @Test func `the owner adds up to the limit, and the money moves from the wallet`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            let id = try await town.launched(Self.extensible)
            let first = try await town.extend(id, by: 200_000)
            let beyond = try await town.extend(id, by: 100_001)
            let second = try await town.extend(id, by: 100_000)
            let none = try await town.extend(id, by: 1)

            #expect([first.status, beyond.status, second.status, none.status] == [200, 409, 200, 409])
            #expect(beyond.json["code"] == "extension_beyond_limit")
            #expect(try await town.balance() == 200_000)
            let spend = try await market.get("\(town.path)/\(id)/spend", as: town.marketer).json
            #expect((spend["budget"]["amount"], spend["available"]["amount"]) == (800_000, 800_000))
            #expect(try await town.eventTypes(of: id).filter { $0 == "campaign.budget_extended" }.count == 2)
            #expect(try await town.findings() == [])
        }
    }

    @Test func `terms without an extension, a wallet without money, others and drafts are refused`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market, balance: 600_000)
            let (plain, other) = (try await town.launched(["budget": roubles(100_000)]), try await CampaignTown.make(in: market))
            let id = try await town.launched(Self.extensible.merging(["budget": roubles(400_000)]) { $1 })
            let draft = try await town.draft(Self.extensible)
            let refusals = [
                try await town.extend(plain, by: 1), try await town.extend(id, by: 100_001), try await town.extend(draft, by: 1),
                try await town.extend(id, by: 1, as: town.approver), try await town.extend(id, by: 1, as: other.treasurer),
                try await town.extend(id, by: 0),
            ]

            #expect(
                refusals.map { "\($0.status) \($0.json["code"].string ?? "")" } == [
                    "409 budget_not_extensible", "409 insufficient_funds", "409 wrong_state", "403 role_not_allowed",
                    "404 not_found", "422 invalid_request",
                ])
            #expect(try await town.balance() == 100_000)
        }
    }

    @Test func `a step above the limit is refused, and null takes the extension out of a draft`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            let wrong = try await market.post(
                town.path, as: town.marketer,
                town.terms(["budget_extension": ["limit": roubles(10), "step": roubles(11)]]))
            let id = try await town.draft(["budget_extension": ["limit": roubles(10), "step": roubles(10)]])
            let made = try await market.get("\(town.path)/\(id)", as: town.marketer)
            let edited = try await market.patch(
                "\(town.path)/\(id)", as: town.marketer, ["budget_extension": nil],
                headers: [("If-Match", made.header("etag") ?? "")])

            #expect((wrong.status, wrong.json["errors"][0]["pointer"]) == (422, "/budget_extension/step"))
            #expect(made.json["budget_extension"] == ["limit": roubles(10), "step": roubles(10)])
            #expect((edited.status, edited.json["budget_extension"]) == (200, nil))
        }
    }

    @Test func `an automatic approval counts what may be added`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(
                in: market, autoApproval: ["budget_max": roubles(500_000), "depth_max_bp": 5_000, "days_max": 30])
            let (plain, extensible) = (try await town.submitted(), try await town.submitted(Self.extensible))

            #expect((try await town.state(plain), try await town.state(extensible)) == ("approved", "submitted"))
        }
    }

    @Test func `a campaign that had no money left goes on when it is given more`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            let id = try await town.launched(["budget": roubles(1_500)].merging(Self.extensible) { $1 })
            try await town.advance(to: "2026-03-09T09:00:00Z")
            try await town.spend(1_000, of: id)
            try await town.advance(to: "2026-03-09T09:00:05Z")
            let paused = try await town.state(id)
            let reply = try await town.extend(id, by: 1_500)

            #expect((paused, reply.json["state"]) == ("paused", "running"))
            #expect(
                try await town.eventTypes(of: id).suffix(3) == [
                    "campaign.paused", "campaign.budget_extended", "campaign.resumed",
                ])
            #expect(try await town.findings() == [])
        }
    }

    @Test func `the service extends by the step until the limit, then pauses`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            let id = try await town.launched([
                "budget": roubles(1_500), "budget_extension": ["limit": roubles(3_500), "step": roubles(2_000)],
            ])
            try await town.advance(to: "2026-03-09T09:00:00Z")
            var states: [String?] = []
            for (second, amount) in [(5, 1_500), (10, 2_000), (15, 1_500)] as [(Int, Int64)] {
                try await town.spend(amount, of: id)
                try await town.advance(to: "2026-03-09T09:00:\(second < 10 ? "0" : "")\(second)Z")
                states.append(try await town.state(id))
            }

            #expect(states == ["running", "running", "paused"])
            #expect(try await town.balance() == 1_000_000 - 1_500 - 3_500)
            #expect(try await town.eventTypes(of: id).filter { $0 == "campaign.budget_extended" }.count == 2)
            #expect(try await town.findings() == [])
        }
    }

    @Test func `as many steps as pay for a unit are added at once`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            let id = try await town.launched([
                "budget": roubles(1_500), "budget_extension": ["limit": roubles(5_000), "step": roubles(1)],
            ])
            try await town.advance(to: "2026-03-09T09:00:00Z")
            try await town.spend(1_500, of: id)
            try await town.advance(to: "2026-03-09T09:00:05Z")
            let added = 1_000_000 - 1_500 - (try await town.balance())

            #expect(try await town.state(id) == "running")
            #expect(try await town.eventTypes(of: id).filter { $0 == "campaign.budget_extended" }.count == 1)
            #expect(added > 1_000 && added < 2_000, "one unit's: \(added)")
            #expect(try await town.findings() == [])
        }
    }

    @Test func `without money in the wallet it is paused, and goes on by itself after a top-up`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market, balance: 1_500)
            let id = try await town.launched([
                "budget": roubles(1_500), "budget_extension": ["limit": roubles(2_000), "step": roubles(2_000)],
            ])
            try await town.advance(to: "2026-03-09T09:00:00Z")
            try await town.spend(1_500, of: id)
            try await town.advance(to: "2026-03-09T09:00:05Z")
            let paused = try await town.state(id)
            try await town.topUp(2_000)
            try await town.advance(to: "2026-03-09T09:00:10Z")

            #expect((paused, try await town.state(id)) == ("paused", "running"))
            #expect(try await town.balance() == 0)
        }
    }

    @Test func `thirty-two who extend at once stay within the limit`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            let id = try await town.launched(Self.extensible)
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<32 { group.addTask { try await town.extend(id, by: 100_000).status } }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }

            #expect(statuses.filter { $0 == 200 }.count == 3)
            #expect(try await town.balance() == 200_000)
            #expect(try await town.findings() == [])
        }
    }

    @Test func `several wallets add their parts, the last minor unit too`() throws {
        for budget in stride(from: Int64(1), through: 400, by: 7) {
            for amount in Int64(1)...40 {
                let plan = FundingPlan(parts: [
                    .init(wallet: WalletID(Identifier(high: 1, low: 1)), kind: .percent(BasisPoints(stored: 3_333))),
                    .init(wallet: WalletID(Identifier(high: 1, low: 2)), kind: .percent(BasisPoints(stored: 6_667))),
                ])
                let split = { (whole: Int64) in
                    try BudgetSplit(of: whole, over: plan, fee: BasisPoints(stored: 1_000), suppliersOwn: [true, false]).parts
                }
                let stands = try split(budget)
                let added = BudgetSplit.adding(to: stands, upTo: try split(budget + amount), amount)
                #expect(added.reduce(0, +) == amount && added.allSatisfy { $0 >= 0 }, "\(budget) and \(amount)")
            }
        }
    }
}

extension CampaignTown {
    fileprivate func extend(_ id: CampaignID, by amount: Int64, as key: KeyToken? = nil) async throws -> TestClient.Reply {
        try await attempt(id, "extend-budget", as: key ?? treasurer, ["amount": roubles(amount), "reason": "It sells well"])
    }

    /// Takes money out of the campaign's account, as sales do.
    fileprivate func spend(_ amount: Int64, of id: CampaignID) async throws {
        let payable = SharedAccount.payable(Self.asset, owner: supplier)
        let transfer = NewTransfer(
            id: market.clock.world.newID(), kind: .redemption, debit: .campaign(id.value, fundedBy: wallet, at: retailer),
            credit: payable.id(at: retailer), amount: Money(minor: amount, asset: Self.asset), campaign: id.value,
            cause: EventSubject(kind: "test", id: "1"), businessDay: market.clock.now.utcDay)
        let (retailer, now) = (retailer, market.clock.now)
        _ = try await market.database.transaction(as: .retailer(retailer)) { tx in
            try tx.post([transfer], opening: [payable], of: retailer, at: now)
        }
    }
}

/// Who says below which balance a wallet tells.
@Suite struct LowBalanceTests {
    @Test func `a launch that takes the wallet below its threshold tells, once a crossing`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            try await town.setLowBalance(600_000)
            _ = try await town.launched(["budget": roubles(400_000)])
            let before = try await town.events("wallet.low_balance")
            _ = try await town.launched(["budget": roubles(1)])
            _ = try await town.launched(["budget": roubles(1)])
            try await town.topUp(100_000)
            _ = try await town.launched(["budget": roubles(100_000)])

            #expect(before == [])
            #expect(
                try await town.events("wallet.low_balance").map { $0["available"]["amount"].integer } == [599_999, 599_998])
        }
    }

    @Test func `only the owner sets it, and it stands in the wallet and in the audit`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            let path = "/v1/retailers/\(town.retailer)/wallets/\(town.wallet)/low-balance"
            let (retailers, other) = (try await market.key(of: town.retailer, .admin), try await CampaignTown.make(in: market))
            let set = try await market.put(path, as: town.treasurer, ["threshold": roubles(500)])
            let stranger = try await market.put(path, as: retailers, ["threshold": roubles(1)])
            let elsewhere = try await market.put(path, as: other.treasurer, ["threshold": roubles(1)])
            let marketer = try await market.put(path, as: town.marketer, ["threshold": roubles(1)])
            let audit = try await market.get("/v1/retailers/\(town.retailer)/audit?limit=100", as: retailers)
            let cleared = try await market.put(path, as: town.treasurer, ["threshold": nil])

            #expect((set.status, set.json["low_balance"]) == (200, roubles(500)))
            #expect((stranger.status, stranger.json["code"]) == (403, "not_wallet_owner"))
            #expect([elsewhere.status, marketer.status] == [404, 403])
            #expect(audit.json["data"].elements.filter { $0["action"] == "wallet.low_balance_set" }.count == 1)
            #expect((cleared.status, cleared.json["low_balance"]) == (200, nil))
        }
    }
}

func roubles(_ amount: Int64) -> JSONValue { ["amount": .integer(amount), "currency": "RUB"] }

import App
import Campaigns
import JSONText
import Kernel
import Ledger
import Parties
import Postgres
import Tenancy
import TestSupport
import Testing

/// A campaign of two wallets, one of which runs dry: what the retailer's policy makes of it, from quote to statement.
@Suite struct TakeOverTests {
    @Test func `the other wallet takes over what the dry one cannot pay, in quotes, holds, receipts and returns, to the end`()
        async throws
    {
        try await TestMarket.run { market in
            // The retailer adds 5.00 for each piece, 12.00 in all; the supplier pays the rest of 15.00 with a fee of 10 %.
            let shared = try await SharedTreasury.open(in: market, retailersUpTo: 1_200, exhaustedShare: "others_take_over")
            let treasury = shared.treasury
            for number in 1...2 { try await treasury.sell("\(number)", "p1", 10_000, discount: 1_500) }
            #expect(try await shared.left() == [200, 498_800 - 2_200])

            let quote = try await shared.quote("basket-1")
            #expect(shared.shares(quote) == [200, 1_300])
            #expect(try await shared.left() == [0, 496_600 - 1_430])
            let second = try await shared.quote("basket-2")
            #expect(shared.shares(second) == [1_500])

            #expect(try await shared.sell("3", on: quote)["funded_amount"] == 1_500)
            // Of what the second keeps less is claimed: no wallet pays more than is kept of it.
            let less = try await shared.sell("4", on: second, discount: 1_499)
            #expect(less["funded_amount"] == 1_499 && less["reason"] == nil)
            #expect(try await shared.left() == [0, 496_600 - 1_430 - 1_649])

            // The return gives each what it really paid; then the retailer's wallet pays again.
            try await treasury.takeBack("5", of: "3", "p1", 10_000, discount: 1_500)
            #expect(try await shared.left() == [200, 496_600 - 1_649])
            try await treasury.sell("6", "p1", 10_000, discount: 1_500)
            #expect(try await shared.left() == [0, 496_600 - 1_649 - 1_430])
            #expect(try await treasury.town.state(treasury.campaign) == "running")

            let statements = try await shared.statementsAfterClose()
            #expect(
                statements["own"]?.filter { $0.value != 0 } == [
                    "allocations": 1_000_000, "launches": 1_200, "redemptions": 1_400, "returns": 200,
                    "closing_balance": 998_800, "payable": 1_200,
                ])
            #expect(
                statements["suppliers"]?.filter { $0.value != 0 } == [
                    "top_ups": 1_000_000, "launches": 498_800, "redemptions": 6_099, "fee": 610, "returns": 1_300,
                    "fee_returns": 130, "releases": 493_521, "closing_balance": 994_721, "payable": 4_799,
                ])
            #expect(try await treasury.findings() == [])
        }
    }

    @Test func `a wallet that runs dry in the middle of a basket pays what it has`() async throws {
        try await TestMarket.run { market in
            let shared = try await SharedTreasury.open(in: market, retailersUpTo: 1_200, exhaustedShare: "others_take_over")
            let quote = try await shared.quote("basket-1", pieces: [1, 2])

            #expect(quote["total_discount"]["amount"] == 4_500)
            #expect(try await shared.left() == [0, 498_800 - 3_300 - 330])
            #expect(try await shared.treasury.findings() == [])
        }
    }

    @Test func `where the policy stops, a dry wallet ends the discount, and others take over once it says so`() async throws {
        try await TestMarket.run { market in
            let shared = try await SharedTreasury.open(in: market, retailersUpTo: 1_200, exhaustedShare: "stop")
            let treasury = shared.treasury
            for number in 1...2 { try await treasury.sell("\(number)", "p1", 10_000, discount: 1_500) }
            try await treasury.town.advance(to: "2026-03-09T09:00:05Z")
            #expect(try await treasury.town.state(treasury.campaign) == "paused")

            try await shared.set(exhaustedShare: "others_take_over")
            try await treasury.town.advance(to: "2026-03-09T09:00:10Z")
            #expect(try await treasury.town.state(treasury.campaign) == "running")
            let sale = try await treasury.sell("3", "p1", 10_000, discount: 1_500)
            #expect(sale["funded_amount"] == 1_500)
            #expect(try await shared.left()[0] == 0)
            #expect(try await treasury.findings() == [])
        }
    }

    @Test func `a budget is used up when all of its wallets together pay for nothing`() async throws {
        try await TestMarket.run { market in
            let shared = try await SharedTreasury.open(
                in: market, retailersUpTo: 1_200, exhaustedShare: "others_take_over", budget: 5_000)
            let treasury = shared.treasury
            // The supplier has 38.00 of it: two pieces as shared, and one as taken over in part; 1.70 are left.
            for number in 1...3 { try await treasury.sell("\(number)", "p1", 10_000, discount: 1_500) }
            let told = try await treasury.town.eventTypes(of: treasury.campaign).filter { $0 == "campaign.budget_reached" }
            try await treasury.town.advance(to: "2026-03-09T09:00:05Z")

            #expect(told.count == 3)
            #expect(try await treasury.town.state(treasury.campaign) == "paused")
            #expect(try await shared.left()[0] == 0)
            #expect(try await treasury.findings() == [])
        }
    }
}

/// The retailer's own wallet pays an amount for each unit up to a cap, the supplier's the rest.
private struct SharedTreasury {
    let treasury: Treasury
    let own: WalletID
    let admin: KeyToken

    static func open(
        in market: TestMarket, retailersUpTo cap: Int64, exhaustedShare: String, budget: Int64 = 500_000
    ) async throws -> SharedTreasury {
        market.clock.set(TestClock().now)
        let town = try await CampaignTown.make(in: market, feeBP: 1_000)
        let treasurer = try await market.key(
            of: town.retailer, .treasurer, person: try await market.makePerson(of: town.retailer, .treasurer))
        let own: WalletID = try await market.post(
            "/v1/retailers/\(town.retailer)/wallets", as: treasurer, ["name": "Own"]
        ).id()
        let allocated = try await market.post(
            "/v1/retailers/\(town.retailer)/wallets/\(own)/allocations", as: treasurer,
            ["amount": ["amount": 1_000_000, "currency": "RUB"], "reason": "own campaigns"],
            headers: [("Idempotency-Key", "allocate-\(market.clock.world.random())")])
        guard allocated.status == 201 else {
            throw Refused(action: "allocate", status: allocated.status, body: allocated.text)
        }
        let campaign = try await town.launched([
            "limits": ["units_per_shopper": 100, "units_per_receipt": 10],
            "budget": ["amount": .integer(budget), "currency": "RUB"],
            "funding": [
                ["wallet_id": .string("\(own)"), "kind": "amount_per_unit", "value": 500, "cap": .integer(cap)],
                ["wallet_id": .string("\(town.wallet)"), "kind": "remainder"],
            ],
        ])
        let shared = SharedTreasury(
            treasury: Treasury(
                town: town, campaign: campaign, till: try await market.key(of: town.retailer, .till), treasurer: treasurer),
            own: own, admin: try await market.key(of: town.retailer, .admin))
        try await shared.set(exhaustedShare: exhaustedShare)
        try await town.advance(to: "2026-03-09T09:00:00Z")
        return shared
    }

    func set(exhaustedShare: String) async throws {
        let path = "/v1/retailers/\(treasury.town.retailer)/policy"
        let now = try await treasury.town.market.get(path, as: admin)
        let reply = try await treasury.town.market.patch(
            path, as: admin, ["exhausted_share": .string(exhaustedShare)],
            headers: [("If-Match", "\"\(now.json["version"].integer ?? 0)\"")])
        guard reply.status == 200 else { throw Refused(action: "policy", status: reply.status, body: reply.text) }
    }

    /// Lines of p1, of so many pieces each.
    func quote(_ basket: String, pieces: [Int64] = [1]) async throws -> JSONValue {
        let lines = pieces.enumerated().map { place, pieces -> JSONValue in
            [
                "line_no": .integer(Int64(place) + 1), "product_id": "p1", "quantity_milli": .integer(pieces * 1_000),
                "unit": "piece", "regular_amount": .integer(pieces * 10_000), "base_amount": .integer(pieces * 10_000),
            ]
        }
        let reply = try await treasury.town.market.post(
            "\(treasury.base)/quotes", as: treasury.till,
            ["store_id": "s1", "basket_id": .string(basket), "hold": true, "lines": .array(lines)])
        guard reply.status == 200 else { throw Refused(action: "quote", status: reply.status, body: reply.text) }
        return reply.json
    }

    func shares(_ quote: JSONValue) -> [Int64] {
        quote["lines"][0]["discounts"][0]["shares"].elements.compactMap { $0["amount"].integer }
    }

    func sell(_ number: String, on quote: JSONValue, discount: Int64 = 1_500) async throws -> JSONValue {
        let reply = try await treasury.town.market.post(
            "\(treasury.base)/receipts", as: treasury.till,
            [
                "store_id": "s1", "till": "1", "business_day": "2026-03-09", "number": .string(number),
                "sold_at": "2026-03-09T09:00:00Z",
                "lines": [
                    [
                        "line_no": 1, "product_id": "p1", "quantity_milli": 1_000, "unit": "piece", "regular_amount": 10_000,
                        "base_amount": 10_000, "paid_amount": .integer(10_000 - discount),
                        "discounts": [
                            [
                                "campaign_id": .string("\(treasury.campaign)"), "amount": .integer(discount),
                                "quote_id": quote["quote_id"],
                            ]
                        ],
                    ]
                ],
            ])
        guard reply.status == 201 else { throw Refused(action: "receipt", status: reply.status, body: reply.text) }
        return reply.json["discounts"][0]
    }

    /// What the campaign's accounts have left, the retailer's first.
    func left() async throws -> [Int64] {
        let (retailer, campaign) = (treasury.town.retailer, treasury.campaign)
        return try await treasury.town.market.database.read(as: .retailer(retailer)) { tx in
            try tx.query(
                """
                SELECT credits_posted - debits_posted - debits_pending
                FROM account
                WHERE retailer_id = \(retailer) AND campaign_id = \(campaign) AND kind = 'campaign'
                ORDER BY supplier_id NULLS FIRST
                """
            ) { row in try row.next(Int64.self) }
        }
    }

    /// The figures of both wallets' statements once the campaign is closed.
    func statementsAfterClose() async throws -> [String: [String: Int64]] {
        try await treasury.town.advance(to: "2026-03-25T09:00:00Z")
        var found: [String: [String: Int64]] = [:]
        for (name, wallet) in [("own", own), ("suppliers", treasury.town.wallet)] {
            let open = try await treasury.get("statements?state=open&wallet_id=\(wallet)").json["data"][0]
            found[name] = figures(try await treasury.get("statements/\(open["id"].string ?? "")").json)
        }
        return found
    }
}

import Bitmaps
import Campaigns
import JSONText
import Kernel
import Parties
import Postgres
import Tenancy
import TestSupport
import Testing

@Suite struct LaunchTests {
    @Test func `32 racing launches are one launch, and the money moves once`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            let id = try await town.approved()
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<32 {
                    group.addTask { try await town.attempt(id, "launch", as: town.treasurer).status }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }

            #expect(statuses.count { $0 == 200 } == 1)
            #expect(statuses.count { $0 == 409 } == 31)
            #expect(try await town.balance() == 500_000)
            #expect(try await town.eventTypes(of: id).count { $0 == "campaign.launched" } == 1)
        }
    }

    @Test func `racing launches of several campaigns never take more than the wallet has`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market, balance: 1_200_000)
            var ids: [CampaignID] = []
            for _ in 0..<5 { ids.append(try await town.approved()) }
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for id in ids { group.addTask { try await town.attempt(id, "launch", as: town.treasurer).status } }
                return try await group.reduce(into: []) { $0.append($1) }
            }

            #expect(statuses.count { $0 == 200 } == 2)
            #expect(try await town.balance() == 200_000)
        }
    }

    @Test func `a wallet that has too little says how much is missing, and nothing moves`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market, balance: 499_000)
            let id = try await town.approved()
            let refused = try await town.attempt(id, "launch", as: town.treasurer)
            try await town.topUp(1_000)
            let launched = try await town.attempt(id, "launch", as: town.treasurer)

            #expect((refused.status, refused.json["code"]) == (409, "insufficient_funds"))
            #expect(refused.json["errors"] == [["pointer": "/funding/0", "code": "shortfall", "detail": "1000"]])
            #expect(launched.status == 200)
            #expect(try await town.balance() == 0)
        }
    }

    @Test func `the same key launches once and is answered the same; no key is refused`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            let id = try await town.approved()
            let headers = [("Idempotency-Key", "launch-\(id)")]
            let without = try await market.post("\(town.path)/\(id)/launch", as: town.treasurer)
            let first = try await market.post("\(town.path)/\(id)/launch", as: town.treasurer, headers: headers)
            let again = try await market.post("\(town.path)/\(id)/launch", as: town.treasurer, headers: headers)

            #expect((without.status, without.json["code"]) == (400, "idempotency_key_required"))
            #expect(first.status == 200)
            #expect((again.status, again.json) == (200, first.json))
            #expect(again.header("idempotent-replayed") == "true")
        }
    }

    @Test func `a campaign that is cancelled before it runs gives its money back at once`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            let id = try await town.launched()
            let cancelled = try await town.act(id, "cancel", as: town.marketer, ["reason": "Another plan."])

            #expect(cancelled.json["state"] == "cancelled")
            #expect(try await town.balance() == 1_000_000)
        }
    }

    @Test func `a running campaign is what offers and checkout see, less what was withdrawn`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market, feeBP: 300)
            let id = try await town.launched()
            try await town.act(id, "products/p2/withdraw", as: town.approver, ["reason": "Recalled."])
            try await town.act(id, "stores/s2/withdraw", as: town.approver, ["reason": "Closed."])
            let scheduled = try await town.runningCampaigns()
            try await town.advance(to: "2026-03-09T09:00:00Z")
            let running = try #require(try await town.runningCampaigns().first)

            #expect(scheduled.isEmpty)
            #expect((running.id, running.state, running.version) == (id, .running, 1))
            #expect(running.products.values.map(\.recordedBaseMinor) == [10_000])
            #expect(running.stores?.count == 1)
            #expect(running.fee.value == 300)
            #expect(running.isForEveryone)
            #expect(running.shares.map(\.kind) == [.remainder])
            #expect(running.startsAtLocal == Instant("2026-03-09T00:00:00Z"))
        }
    }

    @Test func `an audience is drawn at launch, the holdout apart; a supplier's must hold the floor`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            try await town.addShoppers(400)
            let audience = try await market.post(
                "/v1/retailers/\(town.retailer)/audiences", as: town.marketer,
                ["name": "All", "predicate": ["spend": ["lt": 1_000_000]]])
            let id = try await town.launched([
                "eligibility": ["type": "audience", "audience_id": audience.json["id"], "version": 1], "holdout_bp": 2_000,
            ])
            let retailer = town.retailer
            let members = try await market.database.read(as: .retailer(retailer)) { tx in
                try tx.members(of: id, version: 1, at: retailer).map { ($0.shown.count, $0.holdout.count) }
            }

            #expect(members.map { $0.0 + $0.1 } == 400)
            #expect(members.map { (48...112).contains($0.1) } == true)
        }
    }

    @Test func `whether a supplier's audience holds the floor at launch, the sample alone decides`() async throws {
        try await TestMarket.run(supplierSample: 3) { market in
            let town = try await CampaignTown.make(in: market)
            try await town.addShoppers(900)
            let isSampled = try await market.sample(of: town.retailer, oneIn: 3)
            let audience = try await market.post(
                "/v1/retailers/\(town.retailer)/audiences", as: town.marketer,
                ["name": "All", "predicate": ["spend": ["lt": 1_000_000]]])
            let id = try await town.approved([
                "eligibility": ["type": "audience", "audience_id": audience.json["id"], "version": 1]
            ])
            let (inside, outside) = ((Int64(1)...900).filter(isSampled), (Int64(1)...900).filter { !isSampled($0) })

            // 16 of the sample stand for 48, beside some 600 others.
            try await town.leaveBase(Array(inside.dropFirst(16)))
            let below = try await town.attempt(id, "launch", as: town.treasurer)
            try await town.leaveBase(outside)
            try await town.leaveBase(Array(inside.prefix(17)), isGone: false)
            // 17 stand for 51, and nobody is beside them.
            let enough = try await town.attempt(id, "launch", as: town.treasurer)

            #expect((below.status, below.json["code"]) == (409, "audience_below_floor"))
            #expect(enough.status == 200)
        }
    }
}

extension CampaignTown {
    /// They say no to personal offers, or yes again.
    fileprivate func leaveBase(_ shoppers: [Int64], isGone: Bool = true) async throws {
        let retailer = retailer
        try await market.database.transaction(as: .retailer(retailer)) { tx -> Void in
            try tx.execute(
                """
                UPDATE shopper SET personal_offers = \(!isGone)
                WHERE retailer_id = \(retailer) AND shopper_key = ANY (\(shoppers))
                """)
        }
    }

    func runningCampaigns() async throws -> [RunningCampaign] {
        let retailer = retailer
        return try await market.database.read(as: .retailer(retailer)) { tx in try tx.runningCampaigns(of: retailer) }
    }

    func addShoppers(_ count: Int64) async throws {
        let retailer = retailer
        try await market.database.transaction(as: .retailer(retailer)) { tx in
            try tx.execute(
                """
                INSERT INTO shopper (retailer_id, shopper_key)
                SELECT \(retailer), key FROM generate_series(1, \(count)) AS key
                """)
        }
    }
}

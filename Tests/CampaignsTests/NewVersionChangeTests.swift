import JSONText
import Kernel
import Parties
import Postgres
import Tenancy
import TestSupport
import Testing

/// What launched campaigns may become about, and for whom: checked as at submit, approved by the retailer.
@Suite struct NewVersionChangeTests {
    @Test(
        arguments: [
            (["products": ["ids": ["p1", "p3"]]], "409 outside_agreement_scope"),
            (["products": ["ids": ["p9"]]], "409 outside_agreement_scope"),
            (["products": ["brands": ["other"]]], "409 no_products"),
            (["products": ["ids": []]], "422 bad_length"),
            (["products": ["ids": ["p1"], "brands": ["dairy"]]], "422 one_only"),
            (
                ["eligibility": ["type": "audience", "audience_id": "audience_01kjq6psg0ern9c5d1h1yw1nzr", "version": 1]],
                "422 unknown_audience"
            ),
            (["eligibility": ["type": "somebody"]], "422 unknown_word"),
        ] as [([String: JSONValue], String)])
    func `what could not be handed in cannot be become`(wanted: [String: JSONValue], refusal: String) async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market, scope: ["brands": ["dairy"]])
            let id = try await town.launched(["ends_at": "2026-03-30T00:00:00"])
            try await town.advance(to: "2026-03-09T09:00:00Z")
            let reply = try await town.change(id, wanted)

            let code = reply.status == 422 ? reply.json["errors"][0]["code"] : reply.json["code"]
            #expect("\(reply.status) \(code.string ?? "")" == refusal, "\(reply.text)")
            #expect(try await market.get("\(town.path)/\(id)", as: town.marketer).json["version"] == 1)
        }
    }

    @Test func `a depth that the new products' prices make too deep is refused, and so is a price below the minimum`()
        async throws
    {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market, depthMaxBP: 7_000)
            let on = { (reward: JSONValue) in
                try await town.launched([
                    "products": ["ids": ["p2"]], "reward": reward, "ends_at": "2026-03-30T00:00:00", "budget": roubles(100_000),
                ])
            }
            let deep = try await on(["type": "amount_off", "amount_per_unit": 7_500])
            let fixed = try await on(["type": "fixed_price", "price_per_unit": 6_999])
            let refusals = [
                try await town.change(deep, ["products": ["ids": ["p1"]]]),
                try await town.change(fixed, ["products": ["ids": ["p1"]]]),
            ]

            #expect(
                refusals.map { "\($0.status) \($0.json["code"].string ?? "")" } == [
                    "409 deeper_than_agreed", "409 not_allowed_at_this_price",
                ])
        }
    }

    @Test func `what begins after the campaign is over is refused, unless the campaign gets longer with it`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            let id = try await town.launched()
            try await town.advance(to: "2026-03-09T09:00:00Z")
            let late = try await town.change(id, ["products": ["ids": ["p1"]]])
            let longer = try await town.change(id, ["products": ["ids": ["p1"]], "ends_at": "2026-03-17T00:00:00"])
            let applied = try await town.decide(longer, on: id, "approve", as: town.approver)

            #expect((late.status, late.json["code"]) == (409, "no_period_left"))
            #expect(late.json["detail"] == "The new version would begin on 2026-03-16.")
            #expect((applied.json["state"], applied.json["in_force_from"]) == ("applied", "2026-03-16"))
        }
    }

    @Test func `of a campaign that has not started the new version is the one that starts`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            let id = try await town.launched()
            market.clock.advance(seconds: 60)
            let wanted = try await town.change(id, ["products": ["ids": ["p1"]]])
            let applied = try await town.decide(wanted, on: id, "approve", as: town.approver, ["comment": "Only that one."])

            #expect((applied.json["made_version"], applied.json["in_force_from"]) == (2, "2026-03-09"))
            let decisions = try await market.get("\(town.path)/\(id)/decisions", as: town.approver).json["data"]
            #expect(decisions.elements.map { $0["version"] } == [1, 2])
            #expect(decisions.elements.map { $0["decision"] } == ["approved", "approved"])
            #expect(decisions.elements.last?["comment"] == "Only that one.")
        }
    }

    @Test func `what the agreement approves by itself is applied at once, the rest by another person of the retailer's`()
        async throws
    {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(
                in: market, autoApproval: ["budget_max": roubles(600_000), "depth_max_bp": 2_000, "days_max": 30])
            let id = try await town.submitted(["ends_at": "2026-03-30T00:00:00"])
            try await town.act(id, "launch", as: town.treasurer)
            try await town.advance(to: "2026-03-09T09:00:00Z")
            let within = try await town.change(id, ["products": ["ids": ["p1"]]])
            let beyond = try await town.change(id, ["products": ["ids": ["p2"]], "budget": roubles(700_000)])
            let person = try await market.makePerson(of: town.retailer, .approver)
            let service = try await market.key(of: town.retailer, .approver)
            let byService = try await town.decide(beyond, on: id, "approve", as: service)
            market.clock.advance(seconds: 60)
            let other = try await town.decide(
                beyond, on: id, "approve", as: try await market.key(of: town.retailer, .approver, person: person))

            #expect((within.json["state"], within.json["made_version"]) == ("applied", 2))
            let decisions = try await market.get("\(town.path)/\(id)/decisions", as: town.approver).json["data"]
            #expect(decisions.elements.map { $0["decision"] } == ["auto_approved", "auto_approved", "approved"])
            #expect(beyond.json["state"] == "proposed")
            #expect((byService.status, byService.json["code"]) == (403, "person_needed"))
            #expect((other.json["state"], other.json["made_version"]) == ("applied", 3))
            #expect(try await town.money(of: id) == [300_000, 700_000, 700_000, 0])
            #expect(try await town.findings() == [])
        }
    }

    @Test func `a product that left the catalogue's scope before the approval is named`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market, scope: ["brands": ["dairy"]])
            let id = try await town.launched(["products": ["ids": ["p1"]], "ends_at": "2026-03-30T00:00:00"])
            let wanted = try await town.change(id, ["products": ["brands": ["dairy"]]])
            let retailer = town.retailer
            try await market.database.transaction(as: .retailer(retailer)) { tx in
                _ = try tx.execute("UPDATE product SET brand_id = 'other' WHERE retailer_id = \(retailer) AND product_id = 'p2'")
            }
            let refused = try await town.decide(wanted, on: id, "approve", as: town.approver)

            #expect(wanted.json["products"]["count_after"] == 2)
            #expect((refused.status, refused.json["code"]) == (409, "outside_agreement_scope"))
            #expect(refused.json["errors"][0]["detail"].string?.hasPrefix("p2 ") == true)
        }
    }

    @Test func `a campaign has no versions without end`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(
                in: market, autoApproval: ["budget_max": roubles(600_000), "depth_max_bp": 2_000, "days_max": 30])
            let id = try await town.submitted()
            try await town.act(id, "launch", as: town.treasurer)
            var states: Set<JSONValue> = []
            for number in 0..<99 {
                states.insert(try await town.change(id, ["products": ["ids": [number % 2 == 0 ? "p1" : "p2"]]]).json["state"])
            }
            let tooMany = try await town.change(id, ["products": ["ids": ["p1"]]])
            let budget = try await town.change(id, ["budget": roubles(400_000)])

            #expect(states == ["applied"])
            #expect((tooMany.status, tooMany.json["code"]) == (409, "too_many_versions"))
            #expect(budget.json["state"] == "applied")
        }
    }

    @Test func `the products of a set stay, and a campaign with a holdout is for an audience`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            let longer: JSONValue = "2026-03-30T00:00:00"
            let set = try await town.launched([
                "products": ["ids": ["p1", "p2"]], "ends_at": longer,
                "basket_reward": [
                    "type": "set", "parts": [["products": ["p1"], "quantity": 1], ["products": ["p2"], "quantity": 1]],
                    "basis_points": 1_000,
                ], "budget": roubles(100_000),
            ])
            let id = try await town.launched(["ends_at": longer, "budget": roubles(100_000)])
            let retailer = town.retailer
            try await market.database.transaction(as: .retailer(retailer)) { tx in
                _ = try tx.execute(
                    "UPDATE campaign_version SET holdout_bp = 1000 WHERE retailer_id = \(retailer) AND campaign_id = \(id)")
            }
            let refusals = [
                try await town.change(set, ["products": ["ids": ["p1"]]]),
                try await town.change(id, ["eligibility": ["type": "everyone"]]),
            ]
            #expect(
                refusals.map { [$0.json["errors"][0]["pointer"], $0.json["errors"][0]["code"]] } == [
                    ["/products", "not_the_set"], ["/eligibility", "open_campaign"],
                ])
        }
    }
}

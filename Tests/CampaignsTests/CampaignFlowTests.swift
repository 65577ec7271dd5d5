import Campaigns
import JSONText
import Kernel
import Parties
import Postgres
import Tenancy
import TestSupport
import Testing

@Suite struct CampaignFlowTests {
    @Test func `a campaign goes from draft to close, and its money comes back`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            let id = try await town.launched()
            let afterLaunch = try await town.balance()
            let spend = try await market.get("\(town.path)/\(id)/spend", as: town.marketer).json
            // Moscow is three hours ahead of UTC.
            try await town.advance(to: "2026-03-08T20:59:59Z")
            let before = try await town.state(id)
            try await town.advance(to: "2026-03-08T21:00:00Z")
            let running = try await town.state(id)
            try await town.advance(to: "2026-03-15T21:00:00Z")
            let settling = try await market.get("\(town.path)/\(id)", as: town.marketer).json
            try await town.advance(to: "2026-03-22T20:59:59Z")
            let stillSettling = try await town.state(id)
            try await town.advance(to: "2026-03-22T21:00:00Z")

            #expect(afterLaunch == 500_000)
            #expect(spend["budget"] == ["amount": 500_000, "currency": "RUB"])
            #expect(spend["available"] == spend["budget"])
            #expect((before, running) == ("scheduled", "running"))
            #expect((settling["state"], settling["settles_until"]) == ("settling", "2026-03-22"))
            #expect(stillSettling == "settling")
            #expect(try await town.state(id) == "closed")
            #expect(try await town.balance() == 1_000_000)
            #expect(
                try await town.eventTypes(of: id) == [
                    "campaign.submitted", "campaign.approved", "campaign.launched", "campaign.started", "campaign.ended",
                    "campaign.settling", "campaign.closed",
                ])
        }
    }

    @Test func `what is drafted is what is shown, and an edit needs the version that was read`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            let id = try await town.draft(["presentation": ["label": ["en": "From the dairy"]]])
            let shown = try await market.get("\(town.path)/\(id)", as: town.marketer)
            let blind = try await market.patch("\(town.path)/\(id)", as: town.marketer, ["name": "New"])
            let edited = try await market.patch(
                "\(town.path)/\(id)", as: town.marketer, ["name": "New"], headers: [("If-Match", shown.header("etag") ?? "")])
            let stale = try await market.patch(
                "\(town.path)/\(id)", as: town.marketer, ["name": "Newer"], headers: [("If-Match", shown.header("etag") ?? "")])

            #expect(shown.json["state"] == "draft")
            #expect(shown.json["first_starts_at"] == "2026-03-08T21:00:00Z")
            #expect(shown.json["last_ends_at"] == "2026-03-15T21:00:00Z")
            #expect(shown.json["presentation"]["label"] == ["en": "From the dairy"])
            #expect(blind.status == 428)
            #expect((edited.status, edited.json["name"], edited.json["version"]) == (200, "New", 1))
            #expect(stale.status == 412)
        }
    }

    @Test func `submitting freezes the products with their prices and bounds`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            let id = try await town.submitted()
            let products = try await market.get("\(town.path)/\(id)/products", as: town.approver).json["data"]

            #expect(products.elements.map { $0["product_id"] } == ["p1", "p2"])
            #expect(products[0]["recorded_base_price"] == ["amount": 10_000, "currency": "RUB"])
            #expect(products[0]["discount_max_per_unit"] == ["amount": 1_650, "currency": "RUB"])
            #expect(products[1]["discount_max_per_unit"] == ["amount": 3_300, "currency": "RUB"])
        }
    }

    @Test func `an edit after submission is another version, which needs its own approval`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            let id = try await town.submitted()
            try await town.act(id, "request-changes", as: town.approver, ["comment": "Shorter, please."])
            // Decisions are listed by the time in their ids.
            market.clock.advance(seconds: 1)
            let edited = try await market.patch(
                "\(town.path)/\(id)", as: town.marketer, ["ends_at": "2026-03-12T00:00:00"], headers: [("If-Match", "*")])
            let early = try await town.attempt(id, "approve", as: town.approver)
            try await town.act(id, "submit", as: town.marketer)
            let wrong = try await town.attempt(id, "approve", as: town.approver, ["version": 1])
            let approved = try await town.act(id, "approve", as: town.approver, ["version": 2])
            let decisions = try await market.get("\(town.path)/\(id)/decisions", as: town.marketer).json["data"].elements

            #expect((edited.status, edited.json["state"], edited.json["version"]) == (200, "draft", 2))
            #expect((early.status, early.json["code"]) == (409, "wrong_state"))
            #expect((wrong.status, wrong.json["code"]) == (409, "version_conflict"))
            #expect(approved.json["state"] == "approved")
            #expect(decisions.map { $0["decision"] } == ["changes_requested", "approved"])
            #expect(decisions.map { $0["version"] } == [1, 2])
        }
    }

    static func set(_ price: Int64) -> JSONValue {
        [
            "type": "set", "price": .integer(price),
            "parts": [["products": ["p1"], "quantity": 1], ["products": ["p2"], "quantity": 1]],
        ]
    }

    static let refused: [(changes: [String: JSONValue], code: String)] = [
        (["starts_at": "2026-03-01T00:00:00"], "start_passed"),
        (["ends_at": "2027-01-02T00:00:00", "starts_at": "2026-12-28T00:00:00"], "outside_agreement_dates"),
        (["limits": ["units_per_shopper": 3]], "limits_missing"),
        (["limits": ["units_per_receipt": 3]], "limits_missing"),
        (["budget": ["amount": 0, "currency": "RUB"]], "budget_missing"),
        (["reward": ["type": "percent_off", "basis_points": 5_001]], "deeper_than_agreed"),
        (["reward": ["type": "amount_off", "amount_per_unit": 5_001]], "deeper_than_agreed"),
        (
            ["products": ["ids": ["p1"]], "reward": ["type": "fixed_price", "price_per_unit": 6_999]], "not_allowed_at_this_price"
        ),
        (["products": ["ids": ["p1"]], "reward": ["type": "fixed_price", "price_per_unit": 10_000]], "no_benefit"),
        (["basket_reward": ["type": "n_for_m", "take": 5, "pay_for": 2]], "deeper_than_agreed"),
        (["products": ["ids": ["p1", "p2"]], "basket_reward": set(14_999)], "deeper_than_agreed"),
        (["products": ["ids": ["p1", "p2"]], "basket_reward": set(30_000)], "no_benefit"),
        (
            [
                "products": ["ids": ["p1"]],
                "basket_reward": ["type": "set", "price": 13_999, "parts": [["products": ["p1"], "quantity": 2]]],
            ],
            "not_allowed_at_this_price"
        ),
        (["products": ["ids": ["p1", "p9"]]], "outside_agreement_scope"),
        (["products": ["gtins": ["12345678"]]], "outside_agreement_scope"),
        (["products": ["brands": ["nobody"]]], "no_products"),
        (["stores": ["regions": ["nowhere"]]], "no_stores"),
        (["stores": ["ids": ["s9"]]], "outside_agreement_scope"),
    ]

    @Test func `what cannot run is refused at submit, with the reason`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            for (changes, code) in Self.refused {
                let id = try await town.draft(changes)
                let reply = try await town.attempt(id, "submit", as: town.marketer)
                #expect((reply.status, reply.json["code"]) == (409, .string(code)), "\(changes): \(reply.text)")
                #expect(!reply.text.contains("7000"))
                #expect(try await town.state(id) == "draft")
            }
        }
    }

    @Test func `the agreement's scope narrows a brand, and refuses what is named outside of it`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market, scope: ["products": ["p1"], "regions": ["r1"]])
            let narrowed = try await town.submitted()
            let named = try await town.draft(["products": ["ids": ["p1", "p3"]], "stores": ["ids": ["s1", "s2"]]])
            let refused = try await town.attempt(named, "submit", as: town.marketer)
            let products = try await market.get("\(town.path)/\(narrowed)/products", as: town.marketer).json["data"].elements

            #expect(products.map { $0["product_id"] } == ["p1"])
            #expect(refused.json["code"] == "outside_agreement_scope")
            #expect(refused.json["errors"].elements.map { $0["pointer"] } == ["/products/ids", "/stores/ids"])
        }
    }

    @Test func `within the agreement's limits it is approved at once`() async throws {
        try await TestMarket.run { market in
            let limits: JSONValue = [
                "budget_max": ["amount": 500_000, "currency": "RUB"], "depth_max_bp": 1_500, "days_max": 7, "overlap_max": 0,
            ]
            let town = try await CampaignTown.make(in: market, autoApproval: limits)
            let small = try await town.draft()
            let decided = try await town.act(small, "submit", as: town.marketer)
            let overlapping = try await town.draft()
            let waiting = try await town.act(overlapping, "submit", as: town.marketer)
            let large = try await town.draft(["budget": ["amount": 500_001, "currency": "RUB"], "products": ["ids": ["p3"]]])

            #expect(decided.json["state"] == "approved")
            #expect(waiting.json["state"] == "submitted")
            #expect(try await town.act(large, "submit", as: town.marketer).json["state"] == "submitted")
        }
    }
}

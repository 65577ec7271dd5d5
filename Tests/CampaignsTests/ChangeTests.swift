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

/// Launched campaigns get another budget or another end.
@Suite struct ChangeTests {
    @Test func `a smaller budget gives the rest back to the wallet, and a bigger one up to what was approved takes it again`()
        async throws
    {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            let id = try await town.launched()
            let less = try await town.change(id, ["budget": roubles(300_000)])
            let between = try await town.money(of: id)
            let again = try await town.change(id, ["budget": roubles(500_000)])

            #expect((less.status, less.json["state"]) == (200, "applied"))
            #expect(less.json["budget"] == ["before": roubles(500_000), "after": roubles(300_000)])
            #expect(less.json["ends_at"] == nil && less.json["by"] == "supplier")
            #expect(between == [700_000, 300_000, 300_000, 0])
            #expect(again.json["state"] == "applied")
            #expect(try await town.money(of: id) == [500_000, 500_000, 500_000, 0])
            let view = try await market.get("\(town.path)/\(id)", as: town.marketer).json
            #expect(view["budget"] == roubles(500_000), "what was approved")
            let events = try await town.events("campaign.changed")
            #expect(events.map { $0["budget"]["after"]["amount"] } == [300_000, 500_000])
            #expect(events.allSatisfy { $0["reason"] == "as agreed" && $0["ends_at"] == nil })
            #expect(try await town.findings() == [])
        }
    }

    @Test func `more than was approved waits for a person of the retailer's who did not propose it`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            let id = try await town.launched()
            let proposed = try await town.change(id, ["budget": roubles(600_000)])
            let before = try await town.money(of: id)
            let service = try await market.key(of: town.retailer, .approver)
            let byService = try await town.decide(proposed, on: id, "approve", as: service)
            let approved = try await town.decide(proposed, on: id, "approve", as: town.approver, ["comment": "Go ahead."])
            let twice = try await town.decide(proposed, on: id, "approve", as: town.approver)

            #expect((proposed.status, proposed.json["state"], proposed.json["decided_at"]) == (200, "proposed", nil))
            #expect(before == [500_000, 500_000, 500_000, 0])
            #expect((byService.status, byService.json["code"]) == (403, "person_needed"))
            #expect((approved.status, approved.json["state"], approved.json["comment"]) == (200, "applied", "Go ahead."))
            #expect((twice.status, twice.json["code"]) == (409, "wrong_state"))
            #expect(try await town.money(of: id) == [400_000, 600_000, 600_000, 0])
            let view = try await market.get("\(town.path)/\(id)", as: town.marketer).json
            #expect(view["budget"] == roubles(600_000))
            #expect(try await town.eventTypes(of: id).suffix(2) == ["campaign.change_proposed", "campaign.changed"])
            let list = try await market.get("\(town.path)/\(id)/changes", as: town.marketer).json["data"]
            #expect(list.elements.map { $0["state"] } == ["applied"])
            #expect(try await town.findings() == [])
        }
    }

    @Test func `the retailer's own campaign is changed by two persons`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            let both = try await market.makePerson(of: town.retailer, .marketer, .approver)
            let maker = try await market.key(of: town.retailer, .marketer, person: both)
            let samePerson = try await market.key(of: town.retailer, .approver, person: both)
            let treasurer = try await market.key(
                of: town.retailer, .treasurer, person: try await market.makePerson(of: town.retailer, .treasurer))
            let id = try await town.ownCampaign(by: maker, paidBy: treasurer)
            let proposed = try await town.change(id, ["ends_at": "2026-03-20T00:00:00"], as: maker)
            let own = try await town.decide(proposed, on: id, "approve", as: samePerson)
            let other = try await town.decide(proposed, on: id, "approve", as: town.approver)

            #expect(proposed.json["state"] == "proposed")
            #expect((own.status, own.json["code"]) == (403, "four_eyes"))
            #expect(other.json["state"] == "applied")
            #expect(try await market.get("\(town.path)/\(id)", as: maker).json["ends_at"] == "2026-03-20T00:00:00")
        }
    }

    @Test func `an end moves within what was approved at once, and beyond it with an approval`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            let id = try await town.launched()
            try await town.advance(to: "2026-03-09T09:00:00Z")
            let earlier = try await town.change(id, ["ends_at": "2026-03-12T00:00:00"])
            let view = try await market.get("\(town.path)/\(id)", as: town.marketer).json
            let back = try await town.change(id, ["ends_at": "2026-03-16T00:00:00"])
            let later = try await town.change(id, ["ends_at": "2026-03-16T00:00:01", "budget": roubles(400_000)])
            let meanwhile = try await town.money(of: id)
            let approved = try await town.decide(later, on: id, "approve", as: town.approver)
            try await town.advance(to: "2026-03-15T21:00:00Z")
            let running = try await town.state(id)
            try await town.advance(to: "2026-03-15T21:00:02Z")

            #expect(earlier.json["ends_at"] == ["before": "2026-03-16T00:00:00", "after": "2026-03-12T00:00:00"])
            #expect((view["ends_at"], view["last_ends_at"]) == ("2026-03-12T00:00:00", "2026-03-11T21:00:00Z"))
            #expect([back, later, approved].map { $0.json["state"] } == ["applied", "proposed", "applied"])
            #expect(meanwhile == [500_000, 500_000, 500_000, 0], "a change is applied whole or not at all")
            #expect(try await town.money(of: id) == [600_000, 400_000, 400_000, 0])
            #expect((running, try await town.state(id)) == ("running", "settling"))
            #expect(try await town.findings() == [])
        }
    }

    @Test(arguments: [
        ("2026-03-09T11:59:00", "409 end_passed"), ("2026-03-09T00:00:00", "409 end_passed"),
        ("2027-03-11T00:00:00", "422 too_long"), ("2026-03-16", "422 not_a_local_time"),
        ("2027-01-01T00:00:01", "409 outside_agreement_dates"),
    ])
    func `an end that cannot be is refused, also as a wish`(end: String, refusal: String) async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            let id = try await town.launched()
            try await town.advance(to: "2026-03-09T09:00:00Z")
            let reply = try await town.change(id, ["ends_at": .string(end)])

            let code = reply.status == 422 ? reply.json["errors"][0]["code"] : reply.json["code"]
            #expect("\(reply.status) \(code.string ?? "")" == refusal)
            #expect(try await market.get("\(town.path)/\(id)", as: town.marketer).json["ends_at"] == "2026-03-16T00:00:00")
        }
    }

    @Test func `what the agreement approves by itself needs no person`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(
                in: market, autoApproval: ["budget_max": roubles(600_000), "depth_max_bp": 5_000, "days_max": 10])
            let id = try await town.submitted()
            try await town.act(id, "launch", as: town.treasurer)
            let more = try await town.change(id, ["budget": roubles(600_000)])
            let longer = try await town.change(id, ["ends_at": "2026-03-19T00:00:00"])
            let tooLong = try await town.change(id, ["ends_at": "2026-03-20T00:00:00"])
            let tooMuch = try await town.change(id, ["budget": roubles(600_001)])

            #expect([more, longer, tooLong, tooMuch].map { $0.json["state"] } == ["applied", "applied", "proposed", "proposed"])
            #expect(try await town.money(of: id) == [400_000, 600_000, 600_000, 0])
            #expect(try await town.findings() == [])
        }
    }

    @Test func `a depth of its own makes a bigger budget a person's business`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(
                in: market, autoApproval: ["budget_max": roubles(600_000), "depth_max_bp": 1_000, "days_max": 10])
            let id = try await town.launched()

            #expect(try await town.change(id, ["budget": roubles(600_000)]).json["state"] == "proposed")
        }
    }

    @Test func `everything else stays as it was launched, and is named`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            let id = try await town.launched()
            let reply = try await town.change(
                id,
                [
                    "budget": roubles(400_000), "reward": ["type": "percent_off", "basis_points": 2_500],
                    "stores": ["ids": ["s1"]],
                    "holdout_bp": nil, "colour": "red",
                ])
            let nothing = try await town.change(id, [:])

            #expect(
                reply.json["errors"].elements.map { [$0["pointer"], $0["code"]] } == [
                    ["/stores", "cannot_change"], ["/reward", "cannot_change"], ["/holdout_bp", "cannot_change"],
                    ["/colour", "unknown_field"],
                ])
            #expect(nothing.json["errors"].elements.map { [$0["pointer"], $0["code"]] } == [["", "required"]])
            #expect(try await town.money(of: id) == [500_000, 500_000, 500_000, 0])
        }
    }

    @Test func `drafts, others, wallets without money and what is over are refused`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market, balance: 500_000)
            let (id, draft, other) = (try await town.launched(), try await town.draft(), try await CampaignTown.make(in: market))
            let poor = try await town.change(id, ["budget": roubles(600_000)])
            let refusals = [
                try await town.change(draft, ["budget": roubles(1)]),
                try await town.change(id, ["budget": roubles(1)], as: town.approver),
                try await town.change(id, ["budget": roubles(1)], as: other.treasurer),
                try await town.change(id, ["budget": roubles(0)]),
                try await town.decide(poor, on: id, "approve", as: town.approver),
                try await town.decide(poor, on: id, "withdraw", as: other.treasurer),
                try await town.decide(poor, on: draft, "reject", as: town.approver, ["comment": "no"]),
            ]
            try await town.act(id, "stop", as: town.approver, ["reason": "enough"])
            let late = try await town.decide(poor, on: id, "approve", as: town.approver)

            #expect(
                refusals.map { "\($0.status) \($0.json["code"].string ?? "")" } == [
                    "409 wrong_state", "403 role_not_allowed", "404 not_found", "422 invalid_request", "409 insufficient_funds",
                    "404 not_found", "404 not_found",
                ])
            #expect((late.status, late.json["code"]) == (409, "wrong_state"))
            let list = try await market.get("\(town.path)/\(id)/changes", as: town.marketer).json["data"]
            #expect(list.elements.map { $0["state"] } == ["lapsed"])
        }
    }

    @Test func `one waits at a time, may be taken back, and is rejected with words`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            let id = try await town.launched()
            let first = try await town.change(id, ["budget": roubles(600_000)])
            let second = try await town.change(id, ["budget": roubles(700_000)])
            let silent = try await town.decide(second, on: id, "reject", as: town.approver)
            let rejected = try await town.decide(second, on: id, "reject", as: town.approver, ["comment": "Too much."])
            let third = try await town.change(id, ["budget": roubles(550_000)])
            let withdrawn = try await town.decide(third, on: id, "withdraw", as: town.marketer)
            let list = try await market.get("\(town.path)/\(id)/changes?limit=2", as: town.approver).json

            #expect([first, second, third].map { $0.json["state"] } == ["proposed", "proposed", "proposed"])
            #expect(silent.json["errors"][0]["pointer"] == "/comment")
            #expect([rejected, withdrawn].map { $0.json["state"] } == ["rejected", "withdrawn"])
            #expect(list["data"].elements.count == 2 && list["next_cursor"] != nil)
            #expect(
                try await town.events("campaign.change_closed").map { [$0["outcome"], $0["comment"]] } == [
                    ["withdrawn", "Another was proposed."], ["rejected", "Too much."], ["withdrawn", ""],
                ])
            #expect(try await town.money(of: id) == [500_000, 500_000, 500_000, 0])
        }
    }

    @Test func `the same request again moves nothing more`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            let id = try await town.launched()
            let body: JSONValue = ["budget": roubles(300_000), "reason": "as agreed"]
            let send = {
                try await market.post(
                    "\(town.path)/\(id)/changes", as: town.treasurer, body, headers: [("Idempotency-Key", "once")])
            }
            let (first, second) = (try await send(), try await send())
            try await town.act(id, "changes", as: town.treasurer, ["budget": roubles(400_000), "reason": "as agreed"])
            let third = try await send()

            #expect(first.status == 200 && first.text == second.text && first.text == third.text)
            #expect(try await town.money(of: id) == [600_000, 400_000, 400_000, 0])
        }
    }

    @Test func `thirty-two who change and extend at once leave every kopeck somewhere`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            let id = try await town.launched(["budget_extension": ["limit": roubles(300_000)]])
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<32 {
                    group.addTask {
                        if number % 4 == 0 {
                            _ = try await town.attempt(
                                id, "extend-budget", as: town.treasurer, ["amount": roubles(10_000), "reason": "more"])
                        } else {
                            _ = try await town.change(id, ["budget": roubles(Int64(400_000 + number * 1_000))])
                        }
                    }
                }
                try await group.waitForAll()
            }
            let money = try await town.money(of: id)

            #expect(money[0] + money[1] == 1_000_000 && money[1] == money[2] && money[1] <= 800_000)
            #expect(try await town.findings() == [])
        }
    }

    @Test func `a campaign that had no money left goes on when its budget grows`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            let id = try await town.launched(["budget": roubles(500_000)])
            try await town.advance(to: "2026-03-09T09:00:00Z")
            try await town.change(id, ["budget": roubles(1)])
            try await town.advance(to: "2026-03-09T09:00:05Z")
            let paused = try await town.state(id)
            let reply = try await town.change(id, ["budget": roubles(500_000)])

            #expect(reply.json["state"] == "applied")
            #expect((paused, try await town.state(id)) == ("paused", "running"))
            #expect(try await town.eventTypes(of: id).suffix(2) == ["campaign.changed", "campaign.resumed"])
        }
    }

    @Test func `the service does not put back by itself what its owner took out`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            let id = try await town.launched(["budget_extension": ["limit": roubles(50_000), "step": roubles(50_000)]])
            try await town.advance(to: "2026-03-09T09:00:00Z")
            try await town.change(id, ["budget": roubles(1)])
            try await town.advance(to: "2026-03-09T09:00:05Z")

            #expect(try await town.state(id) == "paused")
            #expect(try await town.money(of: id) == [999_999, 1, 1, 0])
        }
    }

    @Test func `what comes back is the sum to the last minor unit, and never more than an account has`() throws {
        var draws = SeededGenerator(seed: 29)
        for round in 0..<2_000 {
            let count = Int.random(in: 1...4, using: &draws)
            let stands = (0..<count).map { _ in Int64.random(in: 0...1_000, using: &draws) }
            let available = stands.map { Int64.random(in: 0...max(0, $0), using: &draws) }
            let amount = Int64.random(in: 0...available.reduce(0, +), using: &draws)
            // Parts of what stays, rounded any way.
            var whole = stands.map { Int64.random(in: 0...max(0, $0), using: &draws) }
            whole[0] += stands.reduce(0, +) - amount - whole.reduce(0, +)
            let back = BudgetSplit.releasing(amount, of: stands, downTo: whole, available: available)

            #expect(back.reduce(0, +) == amount, "seed 29, round \(round)")
            #expect(zip(back, available).allSatisfy { $0 >= 0 && $0 <= $1 }, "seed 29, round \(round)")
        }
    }
}

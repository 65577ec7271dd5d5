import App
import Campaigns
import JSONText
import Kernel
import Parties
import Postgres
import Tenancy
import TestSupport
import Testing

@Suite struct ClockTests {
    @Test func `it starts where the day begins first and ends where it ends last`() async throws {
        try await TestMarket.run { market in
            // Vladivostok is ten hours ahead of UTC, Kaliningrad two.
            let town = try await CampaignTown.make(in: market, zones: ["Europe/Kaliningrad", "Asia/Vladivostok"])
            let id = try await town.launched()
            var states: [String?] = []
            for time in ["2026-03-08T13:59:59Z", "2026-03-08T14:00:00Z", "2026-03-15T21:59:59Z", "2026-03-15T22:00:00Z"] {
                try await town.advance(to: time)
                states.append(try await town.state(id))
            }
            #expect(states == ["scheduled", "running", "running", "settling"])
        }
    }

    @Test func `a campaign that cannot be moved keeps no other from its step, and is named`() async throws {
        let database = try await TestDatabase.clone()
        let superuser = try await TestDatabase.superuser(of: database)
        try await TestMarket.run(on: database) { market in
            let town = try await CampaignTown.make(in: market)
            let (broken, other) = (
                try await town.launched(["budget": roubles(100_000)]), try await town.launched(["budget": roubles(100_000)])
            )
            let elsewhere = try await CampaignTown.make(in: market)
            let there = try await elsewhere.launched(["budget": roubles(100_000)])
            try await superuser.administer { tx in
                try tx.script("ALTER TABLE campaign ADD CHECK (state <> 'running' OR campaign_id <> '\(broken.value)')")
            }
            let clock = market.marketplace.campaignClock
            market.clock.set(Instant("2026-03-08T21:00:00Z")!)
            await #expect(performing: { try await clock.advance(market.clock.now) }, throws: { "\($0)".contains("\(broken)") })

            #expect(try await [town.state(broken), town.state(other)] == ["scheduled", "running"])
            #expect(try await elsewhere.state(there) == "running")
        }
        await superuser.close()
        await database.close()
    }

    @Test func `only the zones of its own stores count`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market, zones: ["Europe/Kaliningrad", "Asia/Vladivostok"])
            let id = try await town.launched(["stores": ["ids": ["s1"]]])
            try await town.advance(to: "2026-03-08T21:59:59Z")
            let before = try await town.state(id)
            try await town.advance(to: "2026-03-08T22:00:00Z")
            #expect((before, try await town.state(id)) == ("scheduled", "running"))
        }
    }

    @Test func `an approval lapses at the start`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            let id = try await town.approved()
            market.clock.set(Instant("2026-03-08T21:00:00Z")!)
            let late = try await town.attempt(id, "launch", as: town.treasurer)
            try await town.advance(to: "2026-03-08T21:00:00Z")

            #expect((late.status, late.json["code"]) == (409, "approval_lapsed"))
            #expect(try await town.state(id) == "draft")
            #expect(try await town.balance() == 1_000_000)
        }
    }

    @Test func `an approval lapses after 30 days`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            let id = try await town.approved(["starts_at": "2026-06-01T00:00:00", "ends_at": "2026-06-08T00:00:00"])
            try await town.advance(to: "2026-04-01T11:59:59Z")
            let before = try await town.state(id)
            try await town.advance(to: "2026-04-01T12:00:00Z")
            #expect((before, try await town.state(id)) == ("approved", "draft"))
        }
    }

    @Test func `a suspended agreement pauses its campaigns, and they go on with it`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            let id = try await town.launched()
            try await town.advance(to: "2026-03-09T09:00:00Z")
            try await market.move(town.agreement, of: town.retailer, .suspend)
            try await town.advance(to: "2026-03-09T10:00:00Z")
            let paused = try await market.get("\(town.path)/\(id)", as: town.marketer).json
            let resume = try await town.attempt(id, "resume", as: town.marketer, ["reason": "x"])
            try await market.move(town.agreement, of: town.retailer, .resume)
            try await town.advance(to: "2026-03-09T11:00:00Z")

            #expect((paused["state"], paused["paused_by"]) == ("paused", "platform"))
            #expect((resume.status, resume.json["code"]) == (409, "paused_by_other_side"))
            #expect(try await town.state(id) == "running")
        }
    }

    @Test func `a stopped campaign settles from that day on`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            let id = try await town.launched()
            try await town.advance(to: "2026-03-10T09:00:00Z")
            try await town.act(id, "stop", as: town.approver, ["reason": "Recalled."])
            try await town.advance(to: "2026-03-10T09:00:05Z")
            let settling = try await market.get("\(town.path)/\(id)", as: town.marketer).json
            try await town.advance(to: "2026-03-17T21:00:00Z")

            #expect((settling["state"], settling["settles_until"]) == ("settling", "2026-03-17"))
            #expect(try await town.state(id) == "closed")
            #expect(try await town.balance() == 1_000_000)
        }
    }

    @Test func `racing clocks take each step once`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            let id = try await town.launched()
            let now = Instant("2026-04-30T00:00:00Z")!
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<32 {
                    group.addTask { try await market.marketplace.campaignClock.advance(now, at: town.retailer) }
                }
                try await group.waitForAll()
            }
            #expect(
                try await town.eventTypes(of: id).suffix(4) == [
                    "campaign.launched", "campaign.ended", "campaign.settling", "campaign.closed",
                ])
            #expect(try await town.balance() == 1_000_000)
        }
    }
}

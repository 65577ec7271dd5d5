import Campaigns
import JSONText
import Kernel
import Parties
import Tenancy
import TestSupport
import Testing

@Suite struct LateStartTests {
    @Test func `what may start late is launched after its start, and starts at once`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            // The period began yesterday by the stores' clocks.
            let id = try await town.launched(["starts_at": "2026-03-01T00:00:00", "late_start": true])
            try await town.advance(to: "2026-03-02T12:00:00Z")
            let shown = try await market.get("\(town.path)/\(id)", as: town.marketer).json

            #expect((shown["state"], shown["late_start"]) == ("running", true))
            #expect(shown["starts_at"] == "2026-03-02T15:00:00")
            #expect(shown["first_starts_at"] == "2026-03-02T12:00:00Z")
        }
    }

    @Test func `it starts where the clock is the earliest, in all of its stores`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market, zones: ["Europe/Kaliningrad", "Asia/Vladivostok"])
            let id = try await town.launched(["starts_at": "2026-03-01T00:00:00", "late_start": true])
            let shown = try await market.get("\(town.path)/\(id)", as: town.marketer).json

            #expect(shown["starts_at"] == "2026-03-02T14:00:00")
        }
    }

    @Test func `an approval of what may start late lapses at its end`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            let id = try await town.approved(["late_start": true])
            try await town.advance(to: "2026-03-15T20:59:59Z")
            let before = try await town.state(id)
            try await town.advance(to: "2026-03-15T21:00:00Z")

            #expect((before, try await town.state(id)) == ("approved", "draft"))
        }
    }

    @Test func `launched in time, it starts when it was to start`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            let id = try await town.launched(["late_start": true])
            let shown = try await market.get("\(town.path)/\(id)", as: town.marketer).json

            #expect((shown["state"], shown["starts_at"]) == ("scheduled", "2026-03-09T00:00:00"))
        }
    }

    @Test func `a period that is over cannot be handed in`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            let id = try await town.draft([
                "starts_at": "2026-02-01T00:00:00", "ends_at": "2026-02-08T00:00:00", "late_start": true,
            ])
            let reply = try await town.attempt(id, "submit", as: town.marketer)

            #expect((reply.status, reply.json["code"]) == (409, "start_passed"))
        }
    }
}

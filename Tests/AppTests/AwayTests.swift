import App
import HTTPTypes
import JSONText
import Kernel
import Postgres
import TestSupport
import Testing

/// PostgreSQL goes away under a node that is at work, and comes back.
@Suite(.enabled(if: BuiltProgram.path != nil, BuiltProgram.missing))
struct AwayTests {
    static let callers = 40
    /// An outage that is not refused at once is found out within 1.6 s on a quiet machine; without that a request would
    /// wait for its deadline, 30 s.
    static let answerSecondsMax = 10.0

    @Test func `a private PostgreSQL that was killed is started again by the node itself`() async throws {
        try await ServedProgram.run(named: "away-private") { program in
            let client = try #require(program.client)
            try await program.killPostgres()
            try await AwayWatch(client).until(ready: true, after: "tradewind_private_cluster_starts_total 1")

            let metrics = try await client.send(.get, "/metrics").text
            #expect(metrics.contains("tradewind_private_cluster_starts_total 1"))
            #expect(program.log.contains("the private PostgreSQL has died and is started again"))
            #expect(program.log.contains("the private PostgreSQL runs again"))
        }
    }

    @Test(.enabled(if: Alone.isAsked, Alone.missing))
    func `while an outside PostgreSQL is stopped, killed or hangs requests get 503 quickly, and all resumes by itself`()
        async throws
    {
        try await OutsidePostgres.run(named: "away") { postgres in
            let variables = ["TRADEWIND_WEBHOOKS_ALLOW_LOOPBACK": "true"]
            try await ServedProgram.run(named: "away-node", on: postgres.address, environment: variables) { program in
                let town = try await HookedTown.make(in: program)
                try await expectRecovery("stopped", town, away: { try await postgres.stop() }, back: postgres.start)
                try await expectRecovery(
                    "killed", town, away: { _ = try await postgres.postmaster.kill() }, back: postgres.start)
                try await expectRecovery(
                    "hung", town, away: { postgres.postmaster.freeze() }, back: { postgres.postmaster.thaw() })
                await town.receiver.stop()
            }
        }
    }

    /// Callers ask all the while: whatever is answered is 200 or 503, and soon; afterwards all get 200 again, and an event
    /// is delivered.
    private func expectRecovery(
        _ how: String, _ town: HookedTown, away: () async throws -> Void, back: () async throws -> Void
    ) async throws {
        let watch = AwayWatch(town.client)
        let callers = Callers(town)
        async let calling: Void = callers.call(Self.callers)
        try await callers.until(200, count: Self.callers)
        try await away()
        try await watch.until(ready: false)
        try await callers.until(503, count: 3 * Self.callers)
        try await watch.untilNothingWaits()
        try await back()
        try await watch.until(ready: true)
        try await callers.until(200, count: 3 * Self.callers)
        callers.stop()
        try await calling
        let outcome = callers.outcome
        print("away: \(how): \(outcome.counts), slowest \(outcome.slowest) s, cut \(outcome.cut)")

        #expect(Set(outcome.counts.keys).isSubset(of: [200, 503]), "\(how): \(outcome.counts)")
        #expect(outcome.slowest < Self.answerSecondsMax, "\(how)")
        #expect(outcome.cut == 0, "\(how)")
        try await town.expectDelivery()
    }
}

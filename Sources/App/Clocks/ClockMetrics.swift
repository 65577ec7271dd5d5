import Synchronization
package import Telemetry
import Tenancy

/// How the clocks go: a clock that stands shows as rounds that no longer rise.
package final class ClockMetrics: Sendable {
    private struct Clock {
        let rounds: Counter
        let faults: Counter
    }

    package static let names = [
        "campaigns", "offers", "quotes", "retention", "totals", "spend", "audience_copies", "profile_changes", "offer_events",
        "ledger", "vitals",
    ]

    private let clocks: [String: Clock]
    private let quotes: Counter
    private let entries: Counter

    package init(_ metrics: Metrics) {
        var clocks: [String: Clock] = [:]
        for name in Self.names {
            clocks[name] = Clock(
                rounds: metrics.counter(
                    "tradewind_clock_rounds_total", help: "Rounds that a clock finished.", labels: ["clock": name]),
                faults: metrics.counter(
                    "tradewind_clock_faults_total", help: "Rounds of a clock that failed.", labels: ["clock": name]))
        }
        self.clocks = clocks
        quotes = metrics.counter(
            "tradewind_hold_sweep_quotes_total", help: "Held quotes whose time was up and that a sweep looked at.")
        entries = metrics.counter("tradewind_ledger_sealed_entries_total", help: "Entries of the ledger that were sealed.")
    }

    /// One round of a clock that has a name. One in which a turn failed and all others had theirs went round all the same:
    /// the clock does not stand.
    func round(of clock: String, _ work: () async throws -> Void) async throws {
        guard let clock = clocks[clock] else { preconditionFailure("a clock that nobody watches: \(clock)") }
        do {
            try await work()
            clock.rounds.increment()
        } catch {
            clock.faults.increment()
            if error is TurnFaults { clock.rounds.increment() }
            throw error
        }
    }

    func sealed(entries count: Int) { entries.increment(by: Int64(count)) }

    func swept(quotes count: Int) { quotes.increment(by: Int64(count)) }
}

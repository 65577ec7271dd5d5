import Foundation
import Synchronization
import TestSupport
import Testing

/// Random histories of money, campaigns, quotes, receipts and statements, each step of which leaves service and model with the
/// same balances, limits and statements (issue: "It must show" 4). Every test run takes as many as fit into its time; all
/// 10 000 with `TRADEWIND_HISTORIES=10000 swift test --filter HistoryModelTests`. One again: `TRADEWIND_HISTORY=<seed>`.
@Suite struct HistoryModelTests {
    /// Histories of a run, and the longest that it takes.
    private static let usual = (histories: 200, seconds: 20.0)
    /// Markets side by side, each with a clock of its own.
    private static let width = 4
    private static let stepsRange = 10...25

    @Test func `random histories leave the balances, limits and statements of the reference model`() async throws {
        let settings = ProcessInfo.processInfo.environment
        if let seed = settings["TRADEWIND_HISTORY"].flatMap({ UInt64($0) }) { return try await Self.run(seed...seed) }
        let wanted = settings["TRADEWIND_HISTORIES"].flatMap { Int($0) }
        let deadline = wanted == nil ? ContinuousClock.now + .seconds(Self.usual.seconds) : nil
        let first = settings["TRADEWIND_HISTORIES_FROM"].flatMap { UInt64($0) } ?? 0
        let tally = Tally(blocks: Self.blocks(of: wanted ?? Self.usual.histories, from: first))
        let began = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<Self.width {
                group.addTask {
                    try await TestMarket.run { market in
                        while let block = tally.next(before: deadline) {
                            try await Self.run(block, in: market, tally, before: deadline)
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        let (histories, steps, failures) = tally.sums
        print("Histories: \(histories) with \(steps) steps in \(ContinuousClock.now - began), \(failures) not as the model")
        #expect(histories > 0)
    }

    private static func run(_ seeds: ClosedRange<UInt64>) async throws {
        try await TestMarket.run { market in try await run(seeds, in: market, Tally(blocks: []), before: nil) }
    }

    /// Histories of one retailer, one after the other; at the end every check of its books.
    private static func run(
        _ seeds: ClosedRange<UInt64>, in market: TestMarket, _ tally: Tally, before deadline: ContinuousClock.Instant?
    ) async throws {
        let town = try await HistoryTown.open(in: market)
        for seed in seeds where deadline.map({ ContinuousClock.now < $0 }) ?? true {
            do {
                var history = try await History.open(in: town, seed: seed)
                for _ in 0..<Int.random(in: stepsRange, using: &history.random) { try await history.step() }
                tally.add(steps: history.log.count)
            } catch let failure as HistoryFailure {
                tally.addFailure()
                Issue.record("\(failure)")
            }
        }
        let findings = try await town.findings()
        #expect(findings == [], "histories \(seeds)")
    }

    private static func blocks(of count: Int, from first: UInt64) -> [ClosedRange<UInt64>] {
        stride(from: 0, to: UInt64(count), by: HistoryTown.slots).map { start in
            let begin = first + start
            return begin...min(begin + UInt64(HistoryTown.slots) - 1, first + UInt64(count) - 1)
        }
    }
}

/// What the markets have taken and done.
private final class Tally: Sendable {
    private struct State {
        var blocks: [ClosedRange<UInt64>]
        var histories = 0
        var steps = 0
        var failures = 0
    }

    private let state: Mutex<State>

    init(blocks: [ClosedRange<UInt64>]) { state = Mutex(State(blocks: blocks.reversed())) }

    /// Nil where none is left, or no time.
    func next(before deadline: ContinuousClock.Instant?) -> ClosedRange<UInt64>? {
        guard deadline.map({ ContinuousClock.now < $0 }) ?? true else { return nil }
        return state.withLock { $0.blocks.popLast() }
    }

    func add(steps: Int) {
        state.withLock { state in
            state.histories += 1
            state.steps += steps
        }
    }

    func addFailure() { state.withLock { $0.failures += 1 } }

    var sums: (Int, Int, Int) { state.withLock { ($0.histories, $0.steps, $0.failures) } }
}

import App
import Glibc
import JSONText
import Kernel
import Synchronization
import TestSupport
import Testing

/// What was acknowledged survives, nothing is paid twice, and a budget is spent to its last unit and no further, while
/// 200 tills sell and the server and its PostgreSQL are killed under them.
@Suite struct CrashTests {
    static let clients = 200
    static let receiptsOfEach = 5
    /// Suffices for about a third of what is claimed.
    static let budget: Int64 = 700_000
    static let feeBP: Int64 = 1_000
    /// Decides prices and the moments to kill; TRADEWIND_CRASH_SEED names another.
    static let seed = unsafe getenv("TRADEWIND_CRASH_SEED").flatMap { unsafe UInt64(String(cString: $0)) } ?? 20_260_309

    @Test(.enabled(if: BuiltProgram.path != nil, BuiltProgram.missing), .timeLimit(.minutes(10)), arguments: [seed])
    func `after kill -9 of server and PostgreSQL nothing acknowledged is missing and nothing is paid twice`(
        seed: UInt64
    ) async throws {
        try await ServedProgram.run(named: "crash") { program in
            let town = try await ServedTown.make(in: program, budget: Self.budget, feeBP: Self.feeBP)
            let rush = try await Rush.plan(in: town, clients: Self.clients, receiptsOfEach: Self.receiptsOfEach, seed: seed)
            let acknowledged = try await rush.run(killing: program)
            try await rush.spendTheRest()
            let spend = try await town.spend()
            let replays = try await rush.replay()
            let verify = try await BuiltProgram.run(["verify", "--state", program.state])

            #expect(acknowledged.count == Self.clients * Self.receiptsOfEach, "\(rush.story)")
            expectKept(acknowledged, replays, rush.story)
            expectSpent(replays, spend, rush.story)
            #expect(verify.isSuccess && verify.output.contains("nothing was found"), "\(rush.story)\n\(verify.output)")
        }
    }

    /// Each receipt is answered now as it was acknowledged then.
    private func expectKept(_ acknowledged: [String: JSONValue], _ replays: [String: JSONValue], _ story: String) {
        for (number, answer) in acknowledged {
            let replay = replays[number] ?? .null
            #expect(replay["state"] == "replayed" && replay["discounts"] == answer["discounts"], "\(number) \(story)")
        }
    }

    /// What was paid by the answers is what the accounts say, and it is the whole budget; what was not says why.
    private func expectSpent(_ replays: [String: JSONValue], _ spend: [String: Int64], _ story: String) {
        let discounts = replays.values.flatMap { $0["discounts"].elements }
        let funded = discounts.compactMap { $0["funded_amount"].integer }
        let fees = funded.map { ($0 * Self.feeBP + 5_000) / 10_000 }
        #expect(spend["discounts"] == funded.reduce(0, +), "\(story)")
        #expect(spend["fees"] == fees.reduce(0, +), "\(story)")
        #expect([spend["captured"], spend["reserved"], spend["available"]] == [Self.budget, 0, 0], "\(story)")
        for discount in discounts {
            let isWhole = discount["funded_amount"] == discount["claimed_amount"]
            #expect(discount["reason"] == (isWhole ? .null : "budget_exhausted"), "\(discount) \(story)")
        }
        let whole = discounts.count { $0["funded_amount"] == $0["claimed_amount"] }
        let nothing = discounts.count { $0["funded_amount"] == 0 }
        print(
            "crash: \(story); \(replays.count) receipts, \(discounts.count) discounts: \(whole) paid whole, "
                + "\(discounts.count - whole - nothing) in part, \(nothing) not; \(spend)")
        #expect((discounts.count / 8...discounts.count * 3 / 4).contains(whole), "\(whole) of \(discounts.count) \(story)")
    }
}

import JSONText
import TestSupport
import Testing

/// Tills that sell while nodes are ruined, and what must be so afterwards.
struct CrashRun: Sendable {
    private static let clients = 200
    private static let receiptsOfEach = 5
    /// Suffices for about a third of what is claimed.
    private static let budget: Int64 = 700_000
    private static let feeBP: Int64 = 1_000

    let nodes: [ServedProgram]
    let ruins: [Rush.Ruin]
    let seed: UInt64

    func expectNothingLost() async throws {
        var town = try await ServedTown.make(in: nodes[0], budget: Self.budget, feeBP: Self.feeBP)
        town.peers = Array(nodes.dropFirst())
        let rush = try await Rush.plan(
            in: town, clients: Self.clients, receiptsOfEach: Self.receiptsOfEach, ruins: ruins, seed: seed)
        let acknowledged = try await rush.run()
        try await rush.spendTheRest()
        let spend = try await town.spend()
        let replays = try await rush.replay()
        let verify = try await BuiltProgram.run(["verify"] + nodes[0].options)

        #expect(acknowledged.count == Self.clients * Self.receiptsOfEach, "\(rush.story)")
        expectKept(acknowledged, replays, rush.story)
        expectSpent(replays, spend, rush.story)
        #expect(verify.isSuccess && verify.output.contains("nothing was found"), "\(rush.story)\n\(verify.output)")
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

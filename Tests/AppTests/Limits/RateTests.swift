import HTTPSupport
import JSONText
import Kernel
import TestSupport
import Testing

/// How often a key, an organisation and an address may ask. The tests' clock moves only when told.
@Suite struct RateTests {
    private static let plenty = Rate(perSecond: 100, burst: 100)

    private static func limits(key: Rate, tenant: Rate, of kind: OperationClass) -> Limits {
        var limits = Limits.unhurried
        let rates = ClassRates(key: key, tenant: tenant)
        switch kind {
        case .hot: limits.hot = rates
        case .usual: limits.usual = rates
        case .heavy, .bulk: limits.heavy = rates
        }
        return limits
    }

    @Test(arguments: [OperationClass.hot, .usual, .heavy])
    func `a key has so many operations of a class, and one more each time that a token comes back`(
        _ kind: OperationClass
    ) async throws {
        let limits = Self.limits(key: Rate(perSecond: 1, burst: 2), tenant: Self.plenty, of: kind)
        try await ProbeServer.run(limits) { probe in
            let replies = try await [
                probe.get(kind.rawValue), probe.get(kind.rawValue), probe.get(kind.rawValue),
                probe.get(kind.rawValue, key: "1/2"),
            ]
            probe.clock.advance(seconds: 1)
            let later = try await [probe.get(kind.rawValue), probe.get(kind.rawValue)]

            #expect(replies.map(\.status) == [204, 204, 429, 204], "another key has its own")
            #expect(replies[2].json["code"] == "rate_limited")
            #expect(replies[2].header("Retry-After") == "1")
            #expect(
                replies.map { $0.header("RateLimit-Policy") ?? "" }.allSatisfy { $0 == #""key";q=2;w=2, "tenant";q=100;w=1"# })
            #expect(replies[0].header("RateLimit") == #""key";r=1;t=1, "tenant";r=99;t=1"#)
            #expect(replies[1].header("RateLimit") == #""key";r=0;t=2, "tenant";r=98;t=1"#)
            #expect(replies[2].header("RateLimit") == #""key";r=0;t=2"#, "a refused request takes nothing of the tenant's")
            #expect(later.map(\.status) == [204, 429])
        }
    }

    @Test(arguments: [OperationClass.hot, .usual, .heavy])
    func `the keys of an organisation share a rate, and another organisation has its own`(_ kind: OperationClass) async throws {
        let limits = Self.limits(key: Self.plenty, tenant: Rate(perSecond: 1, burst: 2), of: kind)
        try await ProbeServer.run(limits) { probe in
            let replies = try await [
                probe.get(kind.rawValue, key: "1/1"), probe.get(kind.rawValue, key: "1/2"),
                probe.get(kind.rawValue, key: "1/3"), probe.get(kind.rawValue, key: "2/4"),
            ]

            #expect(replies.map(\.status) == [204, 204, 429, 204])
            #expect(replies[2].json["code"] == "rate_limited")
            #expect(replies[2].header("RateLimit") == #""key";r=99;t=1, "tenant";r=0;t=2"#)
        }
    }

    @Test func `a clock that is set gives nothing and takes nothing: rates are of the time that passes`() async throws {
        let limits = Self.limits(key: Rate(perSecond: 1, burst: 1), tenant: Self.plenty, of: .usual)
        try await ProbeServer.run(limits) { probe in
            let noon = probe.clock.now
            let first = try await probe.get("usual").status
            probe.clock.set(noon.adding(seconds: 3_600))
            let ahead = try await probe.get("usual").status
            probe.clock.set(noon.adding(seconds: -3_600))
            let behind = try await probe.get("usual").status
            probe.clock.advance(seconds: 1)
            let passed = try await probe.get("usual").status

            #expect([first, ahead, behind, passed] == [204, 429, 429, 204])
        }
    }

    @Test func `classes have rates of their own`() async throws {
        let limits = Self.limits(key: Rate(perSecond: 1, burst: 1), tenant: Self.plenty, of: .heavy)
        try await ProbeServer.run(limits) { probe in
            let replies = try await [probe.get("heavy"), probe.get("heavy"), probe.get("usual"), probe.get("hot")]
            #expect(replies.map(\.status) == [204, 429, 204, 204])
        }
    }

    @Test func `after too many refused keys an address hears 429, while keys that work go on`() async throws {
        var limits = Limits.unhurried
        limits.failures = Rate(perSecond: 1, burst: 2)
        try await ProbeServer.run(limits) { probe in
            let before = try await probe.get("usual", key: "1/1")
            let wrong = try await [
                probe.get("usual", key: "0/1"), probe.get("usual", key: "0/2"), probe.get("usual", key: "0/3"),
            ]
            let after = try await [probe.get("usual", key: "1/1"), probe.get("usual", key: "1/2")]
            probe.clock.advance(seconds: 1)
            let later = try await probe.get("usual", key: "0/4")

            #expect(before.status == 204)
            #expect(wrong.map(\.status) == [401, 401, 429])
            #expect(wrong[2].json["code"] == "rate_limited")
            #expect(wrong[2].header("Retry-After") == "1")
            #expect(after.map(\.status) == [204, 204], "also a good key that this node sees for the first time")
            #expect(later.status == 401)
        }
    }

    @Test func `an address sends so many bodies without a key`() async throws {
        var limits = Limits.unhurried
        limits.failures = Rate(perSecond: 1, burst: 2)
        try await ProbeServer.run(limits) { probe in
            let replies = try await [probe.postOpen(), probe.postOpen(), probe.postOpen()]
            let caller = try await probe.get("usual")
            probe.clock.advance(seconds: 1)
            let later = try await probe.postOpen()

            #expect(replies.map(\.status) == [204, 204, 429])
            #expect(replies[2].json["code"] == "rate_limited" && replies[2].header("Retry-After") == "1")
            #expect(caller.status == 204)
            #expect(later.status == 204)
        }
    }

    @Test func `strangers from such an address are looked up a few at once, and the rest is refused unseen`() async throws {
        var limits = Limits.unhurried
        (limits.failures, limits.suspectsMax) = (Rate(perSecond: 1, burst: 1), 1)
        try await ProbeServer.run(limits, holdsStrangers: true) { probe in
            let known = try await probe.get("usual", key: "1/1")
            async let first = probe.get("usual", key: "0/1")
            async let second = probe.get("usual", key: "0/2")
            await probe.gate.arrived(2)
            await probe.gate.letOn()
            let spent = try await [first.status, second.status].sorted()
            async let third = probe.get("usual", key: "0/3")
            await probe.gate.arrived(1)
            let (fourth, stillKnown) = try await (probe.get("usual", key: "0/4"), probe.get("usual", key: "1/1"))
            await probe.gate.open()
            let last = try await third.status

            #expect(known.status == 204)
            #expect(spent == [401, 429])
            #expect(fourth.status == 429 && fourth.header("Retry-After") == "1")
            #expect(stillKnown.status == 204)
            #expect(last == 429)
        }
    }
}

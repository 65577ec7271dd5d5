import App
import HTTPTypes
import JSONText
import Kernel
import Synchronization
import TestSupport
import Testing

/// Looks at a node from outside, as a balancer and a monitor do.
struct AwayWatch: Sendable {
    static let secondsMax: Int64 = 30

    private let client: TestClient

    init(_ client: TestClient) { self.client = client }

    /// Until `/health/ready` says so, and `/metrics` has a line.
    func until(ready: Bool, after line: String = "") async throws {
        let deadline = ContinuousClock.now.advanced(by: .seconds(Self.secondsMax))
        while ContinuousClock.now < deadline {
            let isReady = try await readiness().status == 200
            let hasLine = try await client.send(.get, "/metrics").text.contains(line.isEmpty ? "\n" : line)
            if isReady == ready, hasLine { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("ready did not become \(ready)")
    }

    func readiness() async throws -> TestClient.Reply { try await client.send(.get, "/health/ready") }

    /// Until no unit of work waits for PostgreSQL, which is away: requests don't pile up.
    func untilNothingWaits() async throws {
        let deadline = ContinuousClock.now.advanced(by: .seconds(Self.secondsMax))
        while try await !client.send(.get, "/metrics").text.contains("\ntradewind_database_waiting 0.0\n") {
            guard ContinuousClock.now < deadline else {
                Issue.record("requests pile up")
                return
            }
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}

/// Many who ask for the same, again and again, and count what they are answered.
final class Callers: Sendable {
    struct Outcome: Sendable {
        var counts: [Int: Int] = [:]
        var slowest = 0.0
        /// Requests without any answer.
        var cut = 0
    }

    private let town: HookedTown
    private let state = Mutex(Outcome())
    private let isStopping = Atomic<Bool>(false)

    init(_ town: HookedTown) { self.town = town }

    var outcome: Outcome { state.withLock { $0 } }

    func stop() { isStopping.store(true, ordering: .relaxed) }

    func call(_ count: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<count {
                group.addTask { while !self.isStopping.load(ordering: .relaxed) { try await self.callOnce() } }
            }
            try await group.waitForAll()
        }
    }

    /// Until so many more answers with a status have come than there are now.
    func until(_ status: Int, count: Int) async throws {
        let start = outcome.counts[status] ?? 0
        let deadline = ContinuousClock.now.advanced(by: .seconds(AwayWatch.secondsMax))
        while (outcome.counts[status] ?? 0) < start + count {
            guard ContinuousClock.now < deadline else {
                Issue.record("no \(count) answers \(status): \(outcome)")
                return
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    private func callOnce() async throws {
        let start = ContinuousClock.now
        let reply = try? await town.client.sendOnce(.get, town.path, headers: town.headers)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        state.withLock { state in
            state.slowest = max(state.slowest, seconds)
            if let reply { state.counts[reply.status, default: 0] += 1 } else { state.cut += 1 }
        }
        // A refused caller rests a little, as `Retry-After` asks; the others leave the machine some air.
        try await Task.sleep(for: .milliseconds(reply?.status == 200 ? 10 : 50))
    }
}

/// A retailer with an endpoint for its events.
struct HookedTown: Sendable {
    let client: TestClient
    let platform: String
    let path: String
    let endpoint: String
    let receiver: WebhookReceiver

    var headers: [(String, String)] { [("Authorization", "Bearer \(platform)")] }

    static func make(in program: ServedProgram) async throws -> HookedTown {
        let keys = try await BuiltProgram.run(["keys", "bootstrap"] + program.options)
        try #require(keys.isSuccess, "\(keys.output)")
        let api = ServedAPI(program: program, platform: String(keys.output.split(separator: "\n").last ?? ""))
        let retailer = try await api.create(
            "/v1/retailers", ["name": "Grocer", "currency": "RUB", "zone": "Europe/Moscow", "language": "ru"])
        let path = "/v1/retailers/\(retailer)"
        let receiver = try await WebhookReceiver.start()
        let made = try await api.must(.post, path + "/endpoints", ["url": .string(receiver.url())])
        let id = made["id"].string ?? made["endpoint"]["id"].string ?? ""
        return HookedTown(
            client: try #require(program.client), platform: api.platform, path: path, endpoint: "\(path)/endpoints/\(id)",
            receiver: receiver)
    }

    /// An event that is made now arrives.
    func expectDelivery() async throws {
        let before = receiver.requests.count
        let reply = try await client.send(
            .post, endpoint + "/test",
            headers: headers + [("Idempotency-Key", "test-\(OutsideWorld.real.random())")])
        #expect((200..<300).contains(reply.status), "\(reply.text)")
        let deadline = ContinuousClock.now.advanced(by: .seconds(AwayWatch.secondsMax))
        while receiver.requests.count == before, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(receiver.requests.count > before, "no delivery")
    }
}

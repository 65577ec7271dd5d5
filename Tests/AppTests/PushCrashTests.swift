import App
import Glibc
import HTTPTypes
import JSONText
import Synchronization
import TestSupport
import Testing

/// `kill -9` in the middle of a push: whoever was promised the offer is told all the same.
@Suite(.enabled(if: BuiltProgram.path != nil, BuiltProgram.missing))
struct PushCrashTests {
    /// TRADEWIND_PUSH_SHOPPERS=1000000 pushes to a million.
    private static let shoppers = unsafe getenv("TRADEWIND_PUSH_SHOPPERS").flatMap { unsafe Int(String(cString: $0)) } ?? 25_000
    /// Of the first messages; then nobody is answered until the node is killed.
    private static let answeredBefore = 5

    @Test func `each shopper is told at least once though the node is killed, and what comes twice has one id`() async throws {
        let isKilled = Atomic(false)
        let answered = Atomic(0)
        let receiver = try await WebhookReceiver.start { _ in
            guard !isKilled.load(ordering: .relaxed) else { return .status(200) }
            return answered.add(1, ordering: .relaxed).newValue <= Self.answeredBefore ? .status(200) : .hold
        }
        let variables = ["TRADEWIND_WEBHOOKS_ALLOW_LOOPBACK": "true", "TRADEWIND_DRAIN_SECONDS": "0"]
        try await ServedProgram.run(named: "push", environment: variables) { program in
            let town = try await ServedTown.make(in: program, budget: 1_000_000_000, feeBP: 0) { api, home in
                try await program.addLoyalShoppers(Self.shoppers, to: home, by: try await api.key(home, role: "feed"))
                let url = JSONValue.string(receiver.url())
                try await api.must(
                    .post, home + "/endpoints", ["url": url, "event_types": ["offers.published"]],
                    as: try await api.key(home, role: "admin"))
            }
            while receiver.requests.count <= Self.answeredBefore { try await Task.sleep(for: .milliseconds(20)) }
            await program.killServer()
            isKilled.store(true, ordering: .relaxed)
            receiver.release()
            try await program.start()

            let wanted = Set((1...Self.shoppers).map { "push-\($0)" } + (1...ServedTown.shoppers).map { "h\($0)" })
            var told = Told()
            let deadline = ContinuousClock.now.advanced(by: .seconds(300 + Self.shoppers / 1_000))
            while told.messages.count < wanted.count, ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(200))
                told.read(receiver.requests)
            }

            #expect(Set(told.messages.keys) == wanted, "\(told.messages.count) of \(wanted.count)")
            #expect(told.messages.values.allSatisfy { $0.count == 1 }, "a shopper stands in messages of two ids")
            #expect(told.isSame, "a message that came twice is not the same bytes")
            #expect(!town.campaign.isEmpty)
        }
        await receiver.stop()
    }
}

/// What a receiver knows.
private struct Told {
    /// By shopper: the ids of the messages that name them.
    var messages: [String: Set<String>] = [:]
    var isSame = true
    private var bodies: [String: [UInt8]] = [:]
    private var count = 0

    mutating func read(_ requests: [WebhookReceiver.Request]) {
        for request in requests.dropFirst(count) {
            let id = request.header("webhook-id") ?? ""
            if let body = bodies[id] {
                if body != request.body { isSame = false }
                continue
            }
            bodies[id] = request.body
            let json = (try? JSONReader.parse(request.body)) ?? .null
            for shopper in json["data"]["shoppers"].elements.flatMap({ $0["shopper_ids"].elements }) {
                if let shopper = shopper.string { messages[shopper, default: []].insert(id) }
            }
        }
        count = requests.count
    }
}

extension ServedProgram {
    /// `push-1`, `push-2`, ... on the list of the loyal.
    fileprivate func addLoyalShoppers(_ count: Int, to home: String, by feed: String) async throws {
        let client = try #require(client)
        let file = (1...count).map { "{\"tag\":\"loyal\",\"shopper_id\":\"push-\($0)\"}\n" }.joined()
        let headers = [
            ("Authorization", "Bearer \(feed)"), ("Content-Type", "application/x-ndjson"), ("Idempotency-Key", "push"),
        ]
        let reply = try await client.send(.post, home + "/imports/tags", headers: headers, body: Array(file.utf8))
        guard reply.status < 300, reply.json["state"] == "finished" else {
            throw Refused(action: "import", status: reply.status, body: reply.text)
        }
    }
}

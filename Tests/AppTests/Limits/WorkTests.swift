import HTTPSupport
import JSONText
import Kernel
import Postgres
import TestSupport
import Testing

/// How many requests may be at work, and for how long.
@Suite struct WorkTests {
    struct Bound: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let limits: Limits
        /// What is at work already, by key.
        let held: [(operation: String, key: String)]
        let refused: (operation: String, key: String)
        /// What is answered meanwhile, and how.
        let beside: (operation: String, key: String, status: Int)
    }

    private static func limits(_ change: (inout Limits) -> Void) -> Limits {
        var limits = Limits.unhurried
        change(&limits)
        return limits
    }

    private static let bounds = [
        Bound(
            testDescription: "requests of the node", limits: limits { $0.requestsMax = 2 },
            held: [("held-usual", "1/1"), ("held-usual", "2/2")], refused: ("usual", "3/3"), beside: ("hot", "3/3", 503)),
        Bound(
            testDescription: "requests of one organisation", limits: limits { $0.requestsOfTenantMax = 2 },
            held: [("held-usual", "1/1"), ("held-hot", "1/2")], refused: ("usual", "1/3"), beside: ("usual", "2/4", 204)),
        Bound(
            testDescription: "heavy operations of the node", limits: limits { $0.heavyRequestsMax = 2 },
            held: [("held-heavy", "1/1"), ("held-heavy", "2/2")], refused: ("heavy", "3/3"), beside: ("usual", "3/3", 204)),
        Bound(
            testDescription: "heavy operations of one organisation", limits: limits { $0.heavyRequestsOfTenantMax = 2 },
            held: [("held-heavy", "1/1"), ("held-heavy", "1/2")], refused: ("heavy", "1/3"), beside: ("heavy", "2/4", 204)),
    ]

    @Test(arguments: bounds) func `one more than may be at work hears 503, and is served when another has left`(
        _ bound: Bound
    ) async throws {
        try await ProbeServer.run(bound.limits) { probe in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for (operation, key) in bound.held { group.addTask { try await probe.get(operation, key: key).status } }
                await probe.gate.arrived(bound.held.count)
                let refused = try await probe.get(bound.refused.operation, key: bound.refused.key)
                let beside = try await probe.get(bound.beside.operation, key: bound.beside.key).status
                await probe.gate.open()
                let held = try await group.reduce(into: []) { $0.append($1) }
                let later = try await probe.get(bound.refused.operation, key: bound.refused.key)

                #expect(refused.status == 503)
                #expect(refused.json["code"] == "overloaded")
                #expect(refused.header("Retry-After") == "1")
                #expect(beside == bound.beside.status)
                #expect(held == [204, 204])
                #expect(later.status == 204)
            }
        }
    }

    @Test func `bodies without a key take no place of those who have one`() async throws {
        try await ProbeServer.run(Self.limits { ($0.openRequestsMax, $0.requestsMax) = (1, 3) }) { probe in
            let head =
                ["POST \(ProbeServer.openPath) HTTP/1.1", "Host: probe", "Content-Type: application/json", "Content-Length: 2"]
                .joined(separator: "\r\n") + "\r\n\r\n"
            var slow: [RawConnection] = []
            for _ in 0..<8 {
                slow.append(try await RawConnection.open(port: probe.client.port))
                try await slow[slow.count - 1].send(head)
            }
            var stranger = try await probe.postOpen()
            while stranger.status != 503 { stranger = try await probe.postOpen() }
            let caller = try await probe.get("usual")
            for connection in slow { await connection.close() }
            var later = try await probe.postOpen()
            while later.status == 503 { later = try await probe.postOpen() }

            #expect(stranger.json["code"] == "overloaded")
            #expect(caller.status == 204)
            #expect(later.status == 204)
        }
    }

    @Test func `an answer that is still being written holds its place`() async throws {
        try await ProbeServer.run(Self.limits { $0.requestsOfTenantMax = 1 }) { probe in
            let reader = try await RawConnection.open(port: probe.client.port)
            try await reader.send(ProbeServer.head("GET", "endless"))
            _ = await reader.text(until: "x")
            let refused = try await probe.get("usual")
            await reader.close()
            var later = try await probe.get("usual")
            while later.status == 503 { later = try await probe.get("usual") }

            #expect(refused.status == 503)
            #expect(later.status == 204)
        }
    }

    @Test func `one connection more than may be open hears 503, and there is room when another has gone`() async throws {
        try await ProbeServer.run(Self.limits { $0.connectionsMax = 1 }) { probe in
            let first = try await RawConnection.open(port: probe.client.port)
            try await first.send(ProbeServer.head("GET", "usual"))
            _ = await first.text(until: "204")
            let heard = await (try RawConnection.open(port: probe.client.port)).everything()
            await first.close()
            while probe.connections.open > 0 { try await Task.sleep(for: .milliseconds(5)) }
            let later = try await probe.get("usual")

            #expect(heard.hasPrefix("HTTP/1.1 503 ") && heard.contains(#""code":"overloaded""#))
            #expect(probe.connections.cut(.tooMany) == 1)
            #expect(later.status == 204)
        }
    }

    /// It would sleep for an hour.
    @Test(.timeLimit(.minutes(10))) func `a statement ends with the time of its request`() async throws {
        try await ProbeServer.run(Self.limits { $0.requestSecondsMax = 1 }) { probe in
            let reply = try await probe.get("sleep")

            #expect(reply.status == 503)
            #expect(reply.json["code"] == "timeout")
        }
    }

    @Test func `whoever waits for events hears in time that there are none`() async throws {
        try await TestMarket.run(limits: Self.limits { $0.requestSecondsMax = 4 }) { market in
            let retailer = try await market.makeRetailer()
            let path = "/v1/retailers/\(retailer)/events?after=1000000&wait_seconds=30"
            let reply = try await market.get(path, as: market.platform)

            #expect(reply.status == 200)
            #expect(reply.json["data"].elements.isEmpty)
        }
    }
}

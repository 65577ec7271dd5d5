import HTTPSupport
import TestSupport
import Testing

/// Clients that take their time: each is waited for as long as its limit says, told why where nothing else is being
/// said, and cut.
@Suite struct SlowClientTests {
    struct Client: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var sent: [String] = []
        /// What follows byte by byte, faster than any of the limits.
        var trickle = ""
        var bulkSecondsMax = 30
        /// The starts of the answers that it gets before its end.
        var answers: [String] = []
        /// Nil where the refusal of the request ends the connection.
        let reason: ConnectionTable.Reason?
    }

    private static let clients = [
        Client(testDescription: "says nothing", reason: .idle),
        Client(
            testDescription: "says nothing after its answer", sent: [ProbeServer.head("GET", "usual")],
            answers: ["HTTP/1.1 204 "], reason: .idle),
        Client(
            testDescription: "stops within its head", sent: ["GET /retailers HTTP/1.1\r\nHo"],
            answers: ["HTTP/1.1 408 ", #""code":"head_too_slow""#], reason: .headTooSlow),
        Client(
            testDescription: "sends its head byte by byte", trickle: ProbeServer.head("GET", "usual"),
            answers: ["HTTP/1.1 408 ", #""code":"head_too_slow""#], reason: .headTooSlow),
        Client(
            testDescription: "stops within its body",
            sent: [ProbeServer.head("POST", "json", "Content-Type: application/json", "Content-Length: 100"), "{"],
            answers: ["HTTP/1.1 408 ", #""code":"body_too_slow""#], reason: nil),
        Client(
            testDescription: "sends its body byte by byte",
            sent: [ProbeServer.head("POST", "json", "Content-Type: application/json", "Content-Length: 100")],
            trickle: String(repeating: " ", count: 99),
            answers: ["HTTP/1.1 408 ", #""code":"body_too_slow""#], reason: nil),
        Client(
            testDescription: "owes the rest of a body that was answered already",
            sent: [ProbeServer.head("POST", "deaf", "Content-Length: 100"), "x"], answers: ["HTTP/1.1 204 "],
            reason: .bodyTooSlow),
        Client(
            testDescription: "is silent within a file", sent: [ProbeServer.head("POST", "file", "Content-Length: 100"), "x"],
            reason: .bodyTooSlow),
        Client(
            testDescription: "sends a file byte by byte", sent: [ProbeServer.head("POST", "file", "Content-Length: 100")],
            trickle: String(repeating: "x", count: 99), bulkSecondsMax: 2, reason: .bodyTooSlow),
    ]

    @Test(arguments: clients) func `a client that keeps us waiting is told and cut`(_ client: Client) async throws {
        var limits = Limits.unhurried
        (limits.idleSecondsMax, limits.headSecondsMax) = (client.reason == .idle ? 1 : 60, client.reason == .headTooSlow ? 1 : 60)
        (limits.bodySecondsMax, limits.drainSecondsMax, limits.bulkSecondsMax) = (1, 1, client.bulkSecondsMax)
        try await ProbeServer.run(limits) { probe in
            let start = ContinuousClock.now
            let connection = try await RawConnection.open(port: probe.client.port)
            for text in client.sent { try await connection.send(text) }
            async let trickled: Void = connection.trickle(client.trickle, pauseMillis: 100)
            let heard = await connection.everything()
            try await trickled

            #expect(ContinuousClock.now - start > .milliseconds(900), "nobody is cut before the limit")
            for answer in client.answers { #expect(heard.contains(answer)) }
            #expect(heard.isEmpty == client.answers.isEmpty)
            #expect(heard.matches(of: /HTTP\/1.1/).count == (client.answers.isEmpty ? 0 : 1))
            #expect(
                ConnectionTable.Reason.allCases.filter { probe.connections.cut($0) > 0 } == [client.reason].compactMap(\.self))
        }
    }

    @Test func `a client that does not take its answer is cut, and its handler ends`() async throws {
        var limits = Limits.unhurried
        limits.writeSecondsMax = 1
        try await ProbeServer.run(limits) { probe in
            let connection = try await RawConnection.open(port: probe.client.port, reads: false)
            try await connection.send(ProbeServer.head("GET", "endless"))
            while probe.connections.cut(.answerNotRead) == 0 { try await Task.sleep(for: .milliseconds(10)) }
            while probe.connections.open > 0 { try await Task.sleep(for: .milliseconds(10)) }

            #expect(probe.connections.cut(.answerNotRead) == 1)
            await connection.close()
        }
    }

    @Test func `a client that takes its answer slowly is served`() async throws {
        var limits = Limits.unhurried
        (limits.writeSecondsMax, limits.idleSecondsMax) = (1, 1)
        try await ProbeServer.run(limits) { probe in
            let connection = try await RawConnection.open(port: probe.client.port)
            try await connection.send(ProbeServer.head("GET", "endless"))
            let start = ContinuousClock.now
            while ContinuousClock.now - start < .milliseconds(2_500) {
                #expect(await connection.text(until: "x") != "")
            }

            #expect(probe.connections.cut(.answerNotRead) == 0 && probe.connections.cut(.idle) == 0)
            await connection.close()
        }
    }
}

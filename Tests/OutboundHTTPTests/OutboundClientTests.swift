import Glibc
import TestSupport
import Testing

@testable import OutboundHTTP

struct OutboundClientTests {
    private func request(
        _ url: String, headers: [(name: String, value: String)] = [("Content-Type", "application/json")],
        body: String = "{\"id\":1}", total: Duration = .seconds(15)
    ) throws -> OutboundRequest {
        try OutboundRequest(url: url, headers: headers, body: Array(body.utf8), totalTimeout: total)
    }

    /// Posts once to a server that replies so.
    private func post(
        to server: LoopbackServer, host: String = "127.0.0.1", policy: AddressPolicy = .development,
        total: Duration = .seconds(15)
    ) async throws -> OutboundOutcome {
        let client = OutboundClient(policy: policy)
        let outcome = await client.post(try request("http://\(host):\(server.port)/hook", total: total))
        await client.close()
        server.stop()
        return outcome
    }

    private func kind(_ outcome: OutboundOutcome) -> OutboundFailure.Kind? {
        if case .failed(let failure) = outcome.result { failure.kind } else { nil }
    }

    private func answer(_ status: Int, retryAfter: String? = nil, head: String = "") -> OutboundOutcome.Result {
        .answered(OutboundAnswer(status: status, retryAfter: retryAfter, head: Array(head.utf8)))
    }

    @Test func `sends the very bytes and headers, and tells the answer`() async throws {
        let server = LoopbackServer { _ in .status("200 OK", body: "thanks") }
        let client = OutboundClient(policy: .development)
        let body = "{\"text\":\"Скидка от поставщика\"}\0\n"
        let outcome = await client.post(
            try request(
                "http://127.0.0.1:\(server.port)/hook?a=b#c",
                headers: [("webhook-id", "evt_1"), ("X-Empty", ""), ("Content-Type", "application/json")], body: body))
        await client.close()
        server.stop()
        #expect(outcome.result == answer(200, head: "thanks"))
        #expect(outcome.remoteAddress == "127.0.0.1")
        #expect(outcome.durations.totalMicros > 0)
        #expect(outcome.durations.firstByteMicros > 0)
        #expect(outcome.durations.tlsMicros == 0)
        let received = try #require(server.received.first)
        #expect(received.body == Array(body.utf8))
        #expect(
            received.head.split(separator: "\r\n").sorted() == [
                "Accept: */*", "Content-Length: \(body.utf8.count)", "Content-Type: application/json",
                "Host: 127.0.0.1:\(server.port)", "POST /hook?a=b HTTP/1.1", "X-Empty:", "webhook-id: evt_1",
            ])
    }

    @Test func `sends an empty body, and no type that nobody gave`() async throws {
        let server = LoopbackServer { _ in .status("204 No Content") }
        let client = OutboundClient(policy: .development)
        let outcome = await client.post(try request("http://127.0.0.1:\(server.port)", headers: [], body: ""))
        await client.close()
        server.stop()
        #expect(outcome.result == answer(204))
        let received = try #require(server.received.first)
        #expect(received.body == [])
        #expect(
            received.head.split(separator: "\r\n").sorted() == [
                "Accept: */*", "Content-Length: 0", "Host: 127.0.0.1:\(server.port)", "POST / HTTP/1.1",
            ])
    }

    @Test func `sends a large body without asking first`() async throws {
        let server = LoopbackServer { .status("200 OK", body: "\($0.body.count)") }
        let client = OutboundClient(policy: .development)
        let body = String(repeating: "a", count: 2 << 20)
        let outcome = await client.post(try request("http://127.0.0.1:\(server.port)/", body: body))
        await client.close()
        server.stop()
        #expect(outcome.result == answer(200, head: "2097152"))
        #expect(server.received.map { $0.head.contains("Expect") } == [false])
    }

    @Test func `keeps the head of a failure's body, up to its limit`() async throws {
        let server = LoopbackServer { _ in .status("500 Oops", body: String(repeating: "a", count: 30_000)) }
        let outcome = try await post(to: server)
        #expect(outcome.result == answer(500, head: String(repeating: "a", count: 20_000)))
    }

    @Test func `does not follow a redirect`() async throws {
        let target = LoopbackServer { _ in .status("200 OK") }
        let server = LoopbackServer { [port = target.port] _ in
            .status("302 Found", headers: ["Location: http://127.0.0.1:\(port)/"])
        }
        #expect(try await post(to: server).result == answer(302))
        #expect(target.connectionCount == 0)
        target.stop()
    }

    @Test func `tells that an endpoint is gone`() async throws {
        #expect(try await post(to: LoopbackServer { _ in .status("410 Gone") }).result == answer(410))
    }

    @Test func `cuts a Retry-After that is a burden`() async throws {
        let server = LoopbackServer { _ in .status("503 Busy", headers: ["Retry-After: " + String(repeating: "1", count: 500)]) }
        #expect(try await post(to: server).result == answer(503, retryAfter: String(repeating: "1", count: 128)))
    }

    @Test(arguments: ["120", "Wed, 21 Oct 2026 07:28:00 GMT"])
    func `keeps Retry-After as it came`(value: String) async throws {
        let server = LoopbackServer { _ in .status("429 Too Many", headers: ["retry-after: \(value)"]) }
        #expect(try await post(to: server).result == answer(429, retryAfter: value))
    }

    @Test func `gives up on a receiver that hangs`() async throws {
        let outcome = try await post(to: LoopbackServer { _ in .hang }, total: .milliseconds(200))
        #expect(kind(outcome) == .timeout)
        #expect((190_000..<5_000_000).contains(outcome.durations.totalMicros))
    }

    @Test func `cuts off an endless body and endless headers`() async throws {
        #expect(kind(try await post(to: LoopbackServer { _ in .endless })) == .tooLarge)
        #expect(kind(try await post(to: LoopbackServer { _ in .endlessHeaders })) == .tooLarge)
    }

    @Test func `takes an answer up to the limit`() async throws {
        let room = 64 * 1024 - "HTTP/1.1 200 OK\r\nContent-Length: 65000\r\n\r\n".utf8.count
        let fits = LoopbackServer { _ in .status("200 OK", body: String(repeating: "a", count: room)) }
        #expect(try await post(to: fits).result == answer(200, head: String(repeating: "a", count: 20_000)))
        let exceeds = LoopbackServer { _ in .status("200 OK", body: String(repeating: "a", count: room + 1)) }
        #expect(kind(try await post(to: exceeds)) == .tooLarge)
    }

    @Test func `tells a connection that was reset, refused or cut`() async throws {
        #expect(kind(try await post(to: LoopbackServer { _ in .reset })) == .connection)
        #expect(kind(try await post(to: LoopbackServer(isListening: false) { _ in .reset })) == .connection)
        let half = Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na".utf8)
        #expect(kind(try await post(to: LoopbackServer { _ in .cut(half) })) == .connection)
        #expect(kind(try await post(to: LoopbackServer { _ in .cut([]) })) == .connection)
    }

    @Test func `gives up on a receiver that stops within its answer`() async throws {
        let half = Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na".utf8)
        let outcome = try await post(to: LoopbackServer { _ in .bytes(half) }, total: .milliseconds(200))
        #expect(kind(outcome) == .timeout)
    }

    @Test func `tells an answer that is no HTTP`() async throws {
        #expect(kind(try await post(to: LoopbackServer { _ in .bytes(Array("SSH-2.0-OpenSSH\r\n".utf8)) })) == .http)
    }

    @Test func `tells a receiver that does not speak TLS`() async throws {
        let server = LoopbackServer(greeting: "220 ready\r\n") { _ in .hang }
        let client = OutboundClient(policy: AddressPolicy(allowsLoopback: true))
        let outcome = await client.post(try request("https://127.0.0.1:\(server.port)/"))
        #expect(kind(outcome) == .tls)
        #expect(outcome.remoteAddress == "127.0.0.1")
        await client.close()
        server.stop()
    }

    @Test func `tells a name that does not resolve`() async throws {
        let client = OutboundClient(policy: .production)
        let label = String(repeating: "a", count: 64)
        #expect(kind(await client.post(try request("https://\(label).example.com/"))) == .dns)
        await client.close()
    }

    @Test(arguments: [
        "127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "10.0.0.1", "169.254.169.254",
    ])
    func `does not talk to a blocked address`(host: String) async throws {
        let server = LoopbackServer { _ in .status("200 OK") }
        let outcome = try await post(to: server, host: host, policy: AddressPolicy(allowsPlainHTTP: true))
        #expect(kind(outcome) == .blockedAddress)
        #expect(outcome.remoteAddress == nil)
        #expect(server.connectionCount == 0)
    }

    /// What `check(url:)` cannot know: the transfer is begun behind its back.
    @Test(arguments: ["localhost", "127.0.0.1", "[::ffff:127.0.0.1]"])
    func `decides again on the address itself when it connects`(host: String) async throws {
        let server = LoopbackServer { _ in .status("200 OK") }
        let policy = AddressPolicy(allowsPlainHTTP: true)
        let mailbox = Mailbox(waitingMax: 10)
        CurlLoop.start(policy: policy, limits: OutboundLimits(), mailbox: mailbox)
        let request = try request("http://\(host):\(server.port)/")
        let outcome = await withCheckedContinuation {
            mailbox.submit(Submission(id: mailbox.nextID(), request: request, continuation: $0))
        }
        #expect(
            outcome.result == .failed(OutboundFailure(kind: .blockedAddress, message: "The address is not allowed: loopback.")))
        #expect(server.connectionCount == 0)
        mailbox.close(onEnded: nil)
        server.stop()
    }

    /// In a process of its own, since the environment belongs to all tests.
    @Test func `takes no proxy from the environment`() async {
        await #expect(processExitsWith: .success) {
            let proxy = LoopbackServer { _ in .status("200 OK", body: "proxy") }
            let server = LoopbackServer { _ in .status("200 OK", body: "direct") }
            for name in ["http_proxy", "all_proxy", "ALL_PROXY"] {
                unsafe setenv(name, "http://127.0.0.1:\(proxy.port)", 1)
            }
            let client = OutboundClient(policy: .development)
            let outcome = await client.post(
                try OutboundRequest(url: "http://127.0.0.1:\(server.port)/", headers: [], body: []))
            #expect(outcome.result == .answered(OutboundAnswer(status: 200, retryAfter: nil, head: Array("direct".utf8))))
            #expect(proxy.connectionCount == 0)
        }
    }

    @Test func `refuses a URL that libcurl would take`() async throws {
        let client = OutboundClient(policy: .production)
        #expect(kind(await client.post(try request("http://example.com/"))) == .http)
        #expect(kind(await client.post(try request("https://user:secret@example.com/"))) == .http)
        await client.close()
    }

    @Test func `uses a connection again, and each answer finds its own request`() async throws {
        let server = LoopbackServer { received in .status("200 OK", body: String(decoding: received.body, as: UTF8.self)) }
        let client = OutboundClient(policy: .development)
        for index in 0..<5 {
            let outcome = await client.post(try request("http://127.0.0.1:\(server.port)/", body: "body \(index)"))
            #expect(outcome.result == answer(200, head: "body \(index)"))
        }
        #expect(server.connectionCount == 1)
        await client.close()
        server.stop()
    }

    @Test func `sends 200 at once, more than it has places`() async throws {
        let server = LoopbackServer { received in .status("200 OK", body: String(decoding: received.body, as: UTF8.self)) }
        var limits = OutboundLimits()
        limits.inFlightMax = 64
        let client = OutboundClient(policy: .development, limits: limits)
        let requests = try (0..<200).map { try request("http://127.0.0.1:\(server.port)/", body: "body \($0)") }
        let outcomes = await withTaskGroup(of: (Int, OutboundOutcome).self) { group in
            for (index, request) in requests.enumerated() { group.addTask { (index, await client.post(request)) } }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1.result }
        }
        #expect(outcomes == Dictionary(uniqueKeysWithValues: (0..<200).map { ($0, answer(200, head: "body \($0)")) }))
        #expect(server.connectionCount <= 64)
        await client.close()
        server.stop()
    }

    @Test func `abandons what is in flight and what waits when it is closed`() async throws {
        let server = LoopbackServer { _ in .hang }
        var limits = OutboundLimits()
        limits.inFlightMax = 16
        limits.waitingMax = 100
        let client = OutboundClient(policy: .development, limits: limits)
        let request = try request("http://127.0.0.1:\(server.port)/")
        let results = await withTaskGroup(of: OutboundOutcome.Result.self) { group in
            for _ in 0..<40 { group.addTask { await client.post(request).result } }
            while server.received.count < 16 { await Task.yield() }
            await client.close()
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results == [OutboundOutcome.Result](repeating: .abandoned(.closed), count: 40))
        #expect(await client.post(request).result == .abandoned(.closed))
        await client.close()
        server.stop()
    }

    @Test func `refuses more waiting requests than its limit`() async throws {
        let server = LoopbackServer { _ in .hang }
        var limits = OutboundLimits()
        limits.inFlightMax = 1
        limits.waitingMax = 2
        let client = OutboundClient(policy: .development, limits: limits)
        let request = try request("http://127.0.0.1:\(server.port)/")
        await withTaskGroup(of: OutboundOutcome.Result.self) { group in
            group.addTask { await client.post(request).result }
            while server.received.isEmpty { await Task.yield() }
            for _ in 0..<3 { group.addTask { await client.post(request).result } }
            #expect(await group.next() == .abandoned(.queueFull))
            await client.close()
            let rest = await group.reduce(into: []) { $0.append($1) }
            #expect(rest == [.abandoned(.closed), .abandoned(.closed), .abandoned(.closed)])
        }
        server.stop()
    }

    @Test func `gives up a request whose task is cancelled, in flight or waiting`() async throws {
        let server = LoopbackServer { _ in .hang }
        var limits = OutboundLimits()
        limits.inFlightMax = 1
        let client = OutboundClient(policy: .development, limits: limits)
        let request = try request("http://127.0.0.1:\(server.port)/")
        let first = Task { await client.post(request).result }
        while server.received.isEmpty { await Task.yield() }
        let second = Task { await client.post(request).result }
        second.cancel()
        #expect(await second.value == .abandoned(.cancelled))
        first.cancel()
        #expect(await first.value == .abandoned(.cancelled))
        await client.close()
        server.stop()
    }

    /// A continuation that is resumed twice ends the process, one that is never resumed hangs the test.
    @Test(arguments: UInt64(1)...8)
    func `gives each request one outcome, whatever is cancelled and closed meanwhile`(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let server = LoopbackServer { _ in .status("200 OK") }
        var limits = OutboundLimits()
        limits.inFlightMax = 8
        let client = OutboundClient(policy: .development, limits: limits)
        let request = try request("http://127.0.0.1:\(server.port)/")
        let tasks = (0..<100).map { _ in Task { await client.post(request).result } }
        var cancelled: Set<Int> = []
        for _ in 0..<40 {
            let index = Int.random(in: 0..<100, using: &generator)
            for _ in 0..<Int.random(in: 0...20, using: &generator) { await Task.yield() }
            tasks[index].cancel()
            cancelled.insert(index)
        }
        while server.received.count < 50 { await Task.yield() }
        await client.close()
        for (index, task) in tasks.enumerated() {
            let result = await task.value
            let possible = [answer(200), .abandoned(.closed)] + (cancelled.contains(index) ? [.abandoned(.cancelled)] : [])
            #expect(possible.contains(result), "seed \(seed), request \(index)")
        }
        server.stop()
    }
}

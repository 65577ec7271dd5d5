import Synchronization
import TestSupport
import Testing

@testable import OutboundHTTP

/// What is decided when a connection is opened, whatever was checked before: the forms of addresses, and what names say.
struct ForbiddenAddressTests {
    private static let open = AddressPolicy(allowsPlainHTTP: true)

    /// Sends behind the back of `check(url:)`, so that only the decision at the connection is left.
    private func connect(
        _ host: String, port: UInt16, _ policy: AddressPolicy = open, resolver: Resolver? = nil
    ) async throws -> OutboundOutcome.Result {
        let mailbox = Mailbox(waitingMax: 10)
        CurlLoop.start(policy: policy, limits: OutboundLimits(), mailbox: mailbox, resolver: resolver)
        let request = try OutboundRequest(url: "http://\(host):\(port)/hook", headers: [], body: [])
        let outcome = await withCheckedContinuation {
            mailbox.submit(Submission(id: mailbox.nextID(), request: request, continuation: $0))
        }
        mailbox.close(onEnded: nil)
        return outcome.result
    }

    private func refused(_ purpose: BlockedRange.Purpose) -> OutboundOutcome.Result {
        .failed(OutboundFailure(kind: .blockedAddress, message: "The address is not allowed: \(purpose.rawValue)."))
    }

    /// Written as numbers, in whatever form. Names are asked of a resolver below; with a dot at its end a number is one, which
    /// no resolver knows.
    static let literals = AddressPolicyTests.forbiddenHosts.filter {
        !$0.0.lowercased().contains("localhost") && !$0.0.hasSuffix(".")
    }

    @Test func `every form of a forbidden address is refused as it is connected to, and the reason is told`() async throws {
        #expect(Self.literals.count >= 80)
        let server = LoopbackServer { _ in .status("200 OK") }
        for (host, purpose) in Self.literals {
            let result = try await connect(host, port: server.port)
            #expect(result == refused(purpose), "\(host)")
        }
        #expect(server.connectionCount == 0)
        server.stop()
    }

    /// One address of each range, as a name server would give it.
    static let answers: [(String, BlockedRange.Purpose)] = [
        ("0.0.0.0", .thisNetwork), ("10.0.0.1", .privateUse), ("100.64.0.1", .sharedSpace), ("127.0.0.1", .loopback),
        ("127.255.255.254", .loopback), ("169.254.169.254", .linkLocal), ("172.16.0.1", .privateUse),
        ("192.0.0.1", .protocolAssignment), ("192.0.2.1", .documentation), ("192.88.99.1", .relay),
        ("192.168.0.1", .privateUse), ("198.18.0.1", .benchmarking), ("224.0.0.1", .multicast), ("255.255.255.255", .reserved),
        ("::1", .loopback), ("::", .thisNetwork), ("::ffff:127.0.0.1", .loopback), ("::ffff:169.254.169.254", .linkLocal),
        ("::127.0.0.1", .translation), ("64:ff9b::7f00:1", .translation), ("64:ff9b:1::1", .translation),
        ("2002:7f00:1::", .translation), ("2001:0:4136:e378:8000:63bf:3fff:fdd2", .translation),
        ("2001:db8::1", .documentation), ("3fff::1", .documentation), ("fc00::1", .privateUse), ("fd00:ec2::254", .privateUse),
        ("fe80::1", .linkLocal), ("fec0::1", .siteLocal), ("ff02::1", .multicast), ("100::1", .discard),
        ("5f00::1", .segmentRouting), ("4000::1", .unassigned),
    ]

    @Test func `a public name that resolves to a forbidden address is refused, and the reason is told`() async throws {
        let server = LoopbackServer { _ in .status("200 OK") }
        for (address, purpose) in Self.answers {
            let client = OutboundClient(policy: Self.open, resolver: Resolver { _ in [address] })
            let outcome = await client.post(
                try OutboundRequest(url: "http://hooks.example.com:\(server.port)/", headers: [], body: []))
            #expect(outcome.result == refused(purpose), "\(address)")
            #expect(outcome.remoteAddress == nil, "\(address)")
            await client.close()
        }
        #expect(server.connectionCount == 0)
        server.stop()
    }

    @Test(arguments: [("localhost", BlockedRange.Purpose.loopback), ("hooks.localhost", .loopback), ("LOCALHOST", .loopback)])
    func `a name of this machine is refused by what the system's resolver says`(
        host: String, purpose: BlockedRange.Purpose
    ) async throws {
        let server = LoopbackServer { _ in .status("200 OK") }
        #expect(try await connect(host, port: server.port) == refused(purpose))
        #expect(server.connectionCount == 0)
        server.stop()
    }

    /// Loopback stands for the public address, since it is where a test can listen.
    @Test func `a resolver that changes its answer after the check is met at the connection`() async throws {
        let server = LoopbackServer { _ in .status("200 OK", headers: ["Connection: close"]) }
        let answers = Mutex(["127.0.0.1", "169.254.169.254", "10.0.0.1", "127.0.0.1"])
        let client = OutboundClient(
            policy: .development, resolver: Resolver { _ in answers.withLock { [$0.removeFirst()] } })
        let url = "http://hooks.example.com:\(server.port)/"
        try client.policy.check(url: url)

        var results: [OutboundOutcome.Result] = []
        for _ in 0..<4 {
            results.append(await client.post(try OutboundRequest(url: url, headers: [], body: [])).result)
        }
        await client.close()
        server.stop()

        let fine = OutboundOutcome.Result.answered(OutboundAnswer(status: 200, retryAfter: nil, head: []))
        #expect(results == [fine, refused(.linkLocal), refused(.privateUse), fine])
        #expect(server.received.count == 2)
    }

    @Test func `of a name with several addresses the allowed ones alone are connected to`() async throws {
        let server = LoopbackServer { _ in .status("200 OK") }
        let mixed = try await connect(
            "hooks.example.com", port: server.port, .development,
            resolver: Resolver { _ in ["10.0.0.1", "169.254.169.254", "127.0.0.1"] })
        let none = try await connect(
            "hooks.example.com", port: server.port, .development, resolver: Resolver { _ in ["10.0.0.1", "192.168.0.1"] })
        #expect(mixed == .answered(OutboundAnswer(status: 200, retryAfter: nil, head: [])))
        #expect(none == refused(.privateUse))
        #expect(server.connectionCount == 1)
        server.stop()
    }
}

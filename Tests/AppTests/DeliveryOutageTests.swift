import App
import HTTPTypes
import JSONText
import Kernel
import Postgres
import SystemPackage
import TestSupport
import Testing

/// Events go on while PostgreSQL goes: what was acknowledged arrives, by itself.
@Suite(
    .enabled(if: BuiltProgram.path != nil, BuiltProgram.missing), .enabled(if: Alone.isAsked, Alone.missing))
struct DeliveryOutageTests {
    /// A lease that a kill left behind, and what its delivery then takes on a busy machine.
    static let arrivalSecondsMax: Int64 = 240
    static let events = 20

    @Test func `what was acknowledged before PostgreSQL stopped, was killed or hung arrives when it is back`() async throws {
        try await OutsidePostgres.run(named: "outage") { postgres in
            let variables = ["TRADEWIND_WEBHOOKS_ALLOW_LOOPBACK": "true"]
            try await ServedProgram.run(named: "outage-node", on: postgres.address, environment: variables) { program in
                let town = try await HookedTown.make(in: program)
                let watch = AwayWatch(town.client)
                let outages: [(String, away: () async throws -> Void, back: () async throws -> Void)] = [
                    ("stopped", { try await postgres.stop() }, { try await postgres.start() }),
                    ("killed", { _ = try await postgres.postmaster.kill() }, { try await postgres.start() }),
                    ("hung", { postgres.postmaster.freeze() }, { postgres.postmaster.thaw() }),
                ]
                for outage in outages {
                    let versions = try await town.makeEvents(Self.events)
                    try await outage.away()
                    try await watch.until(ready: false)
                    try await outage.back()
                    try await watch.until(ready: true)
                    let after = try await town.makeEvents(1)
                    try await town.expectArrival(of: versions + after, outage.0)
                }
                let metrics = try await town.client.send(.get, "/metrics").text
                #expect(metrics.contains("tradewind_webhook_oldest_due_seconds"))
                #expect(metrics.contains("tradewind_webhook_unread_events"))
                await town.receiver.stop()
            }
        }
    }

    @Test
    func
        `what was acknowledged around two kills of the node and one of PostgreSQL arrives, and what failed comes with a recover`()
        async throws
    {
        let variables = ["TRADEWIND_WEBHOOKS_ALLOW_LOOPBACK": "true"]
        try await ServedProgram.run(named: "outage-kills", environment: variables) { program in
            var town = try await HookedTown.make(in: program)
            let gone = LoopbackServer { _ in .status("410 Gone") }
            let wicked = try await town.makeEndpoint("http://127.0.0.1:\(gone.port)/")
            var versions: [Int64] = []
            for _ in 0..<2 {
                versions += try await town.makeEvents(Self.events)
                await program.killServer()
                try await program.start()
                town = town.through(try #require(program.client))
            }
            versions += try await town.makeEvents(Self.events)
            try await program.killPostgres()
            try await AwayWatch(town.client).until(ready: true, after: "tradewind_private_cluster_starts_total 1")
            versions += try await town.makeEvents(1)

            try await town.expectArrival(of: versions, "killed")
            try await town.mend(wicked)
            try await town.expectArrival(of: versions, at: "/mended", "mended")
            await town.receiver.stop()
            gone.stop()
        }
    }

    @Test(.enabled(if: SmallDisk.isAvailable, SmallDisk.missing))
    func `what was acknowledged before the disk was full arrives when there is room on it`() async throws {
        try await SmallDisk.run(on: ServedProgram.folder(named: "outage-full"), megabytes: FullDiskTests.megabytes) { disk in
            let variables = ["TRADEWIND_WEBHOOKS_ALLOW_LOOPBACK": "true"]
            try await ServedProgram.run(named: "outage-full", environment: variables) { program in
                let town = try await HookedTown.make(in: program)
                try await disk.fill(leaving: 24)
                let versions = try await town.makeEventsUntilRefused(in: program)
                try disk.makeRoom()
                try await AwayWatch(town.client).until(ready: true)
                let after = try await town.makeEvents(1)

                try await town.expectArrival(of: versions + after, "full")
                await town.receiver.stop()
            }
        }
    }
}

extension HookedTown {
    /// Edits of the retailer's settings, each an event. Their versions.
    fileprivate func makeEvents(_ count: Int) async throws -> [Int64] {
        var versions: [Int64] = []
        while versions.count < count {
            if let version = try await makeEvent().version { versions.append(version) }
        }
        return versions
    }

    fileprivate func makeEvent() async throws -> (status: Int, version: Int64?) {
        let days = Int64.random(in: 1...30)
        let reply = try? await client.sendOnce(
            .patch, path + "/policy", headers: headers + [("Content-Type", "application/json"), ("If-Match", "*")],
            body: JSONValue.object(["late_receipt_days": .integer(days)]).jsonBytes)
        return (reply?.status ?? 0, reply?.status == 200 ? reply?.json["version"].integer : nil)
    }

    /// Each begins another segment of WAL, so that the disk is met soon.
    fileprivate func makeEventsUntilRefused(in program: ServedProgram) async throws -> [Int64] {
        let cluster = try await PrivateCluster(in: FilePath(program.state))
        let superuser = Database(DatabaseConfiguration(address: cluster.superuserAddress()))
        var versions: [Int64] = []
        for _ in 0..<FullDiskTests.triesMax {
            let made = try await makeEvent()
            if made.status >= 500 || made.status == 0 { break }
            if let version = made.version { versions.append(version) }
            _ = try? await superuser.administer { tx in try tx.script("SELECT pg_switch_wal()") }
        }
        await superuser.close()
        return versions
    }

    /// After a restart on another port.
    fileprivate func through(_ client: TestClient) -> HookedTown {
        HookedTown(client: client, platform: platform, path: path, endpoint: endpoint, receiver: receiver)
    }

    /// The path of one more endpoint.
    fileprivate func makeEndpoint(_ url: String) async throws -> String {
        let made = try await insist(.post, path + "/endpoints", ["url": .string(url)])
        return "\(path)/endpoints/\(made["id"].string ?? "")"
    }

    /// Its owner puts a receiver right that was gone; what failed and what came while it was disabled is asked for.
    fileprivate func mend(_ endpoint: String) async throws {
        try await insist(.patch, endpoint, ["url": .string(receiver.url("/mended"))])
        try await insist(.post, endpoint + "/resume", nil)
        let span: JSONValue = ["since": "2020-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z"]
        try await insist(.post, endpoint + "/recover", span)
        try await insist(.post, endpoint + "/replay-missing", span)
    }

    @discardableResult
    private func insist(_ method: HTTPRequest.Method, _ path: String, _ body: JSONValue?) async throws -> JSONValue {
        let typed = body == nil ? [] : [("Content-Type", "application/json")]
        let reply = try await client.sendOnce(method, path, headers: headers + typed, body: body?.jsonBytes ?? [])
        guard (200..<300).contains(reply.status) else {
            throw Refused(action: "\(method) \(path)", status: reply.status, body: reply.text)
        }
        return reply.json
    }

    fileprivate func expectArrival(of versions: [Int64], at place: String? = nil, _ how: String) async throws {
        let deadline = ContinuousClock.now.advanced(by: .seconds(DeliveryOutageTests.arrivalSecondsMax))
        var missing = Set(versions)
        while !missing.isEmpty, ContinuousClock.now < deadline {
            for request in receiver.requests where place.map({ request.path == $0 }) ?? (request.path != "/mended") {
                if let body = try? JSONReader.parse(request.body), body["type"] == "policy.edited",
                    let version = body["data"]["version"].integer
                {
                    missing.remove(version)
                }
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(missing.isEmpty, "\(how): \(missing.count) of \(versions.count) did not arrive")
    }
}

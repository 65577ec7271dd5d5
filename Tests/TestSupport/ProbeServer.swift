package import HTTPSupport
import HTTPTypes
import JSONText
import Kernel
import Logging
import Postgres
import Telemetry
import Tenancy

/// The way of a request without a marketplace behind it: operations that wait, read and write, to reach the limits of HTTP
/// one by one over real sockets. The key `2/7` is the key 7 of the retailer 2; `0/7` is nobody's.
package struct ProbeServer: Sendable {
    package let client: TestClient
    package let clock: TestClock
    package let connections: ConnectionTable
    /// Where `held` operations wait, and the look-up of nobody's keys where `holdsStrangers`.
    package let gate: Gate

    package static func run<Value>(
        _ limits: Limits, holdsStrangers: Bool = false, _ body: (ProbeServer) async throws -> Value
    ) async throws -> Value {
        let (clock, gate) = (TestClock(), Gate())
        let telemetry = RequestTelemetry(Metrics(), Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let pipeline = RequestPipeline(
            limits: limits, world: clock.world, telemetry: telemetry,
            authenticate: { token, _ in try await principal(token, holdsStrangers ? gate : nil) })
        let table = RouteTable(routes(gate, try await TestDatabase.open()))
        return try await TestServer.run(table, through: pipeline, limits) { client in
            try await body(ProbeServer(client: client, clock: clock, connections: pipeline.connections, gate: gate))
        }
    }

    private static func principal(_ token: String, _ gate: Gate?) async throws -> Principal {
        let parts = token.split(separator: "/").compactMap { UInt64($0) }
        guard parts.count == 2, parts[0] > 0 else {
            await gate?.pass()
            throw Problem(401, "unauthenticated", "A valid key is needed.")
        }
        return Principal(
            key: KeyID(Identifier(high: 0, low: parts[1])), person: nil, organisation: .retailer(retailer(parts[0]), [.admin]))
    }

    private static func retailer(_ number: UInt64) -> RetailerID { RetailerID(Identifier(high: 0, low: number)) }

    private static func routes(_ gate: Gate, _ database: Database) -> [Route] {
        OperationClass.allCases.filter { $0 != .bulk }.flatMap { kind in
            [
                route(.get, kind.rawValue, kind) { _ in .noContent },
                route(.get, "held-\(kind.rawValue)", kind) { _ in
                    await gate.pass()
                    return .noContent
                },
            ]
        } + [
            Route(.post, openPath, "open", access: .open) { _ in .noContent },
            route(.get, "sleep") { _ in
                _ = try await database.read(as: .authentication) { tx in try tx.execute("SELECT pg_sleep(3600)") }
                return .noContent
            },
            route(.post, "json") { call in
                try call.json { fields in _ = fields.integerIfPresent("n", in: 0...9) }
                return .noContent
            },
            route(.post, "file", body: .stream(bytesMax: 1 << 20)) { call in
                for try await _ in call.bodyChunks(bytesMax: 1 << 20) {}
                return .noContent
            },
            route(.post, "deaf", body: .stream(bytesMax: 1 << 20)) { _ in .noContent },
            route(.get, "endless") { _ in
                Reply(
                    status: .ok,
                    body: .stream { writer in
                        let page = String(repeating: "x", count: 1 << 16)
                        while true { try await writer.write(text: page) }
                    })
            },
        ]
    }

    private static func route(
        _ method: HTTPRequest.Method, _ name: String, _ kind: OperationClass? = nil, body: BodyRule? = nil,
        _ handle: @escaping @Sendable (Call) async throws -> Reply
    ) -> Route {
        var route = Route(
            method, "/retailers/{retailer_id}/\(name)", name, access: .retailer(.admin), body: body, handle: handle)
        if let kind { route.kind = kind }
        return route
    }
}

extension ProbeServer {
    /// Takes a body from whoever sends one, without a key.
    package static let openPath = "/open"

    package func postOpen() async throws -> TestClient.Reply {
        try await Task.sleep(for: .milliseconds(5))
        return try await client.send(
            .post, Self.openPath, headers: [("Content-Type", "application/json")], body: Array("{}".utf8))
    }

    package static func path(_ operation: String, of retailer: UInt64 = 1) -> String {
        "/retailers/\(Self.retailer(retailer))/\(operation)"
    }

    /// The head of a request by the key `1/1`, in bytes.
    package static func head(_ method: String, _ operation: String, _ headers: String...) -> String {
        let lines = ["\(method) \(path(operation)) HTTP/1.1", "Host: probe", "Authorization: Bearer 1/1"] + headers
        return lines.joined(separator: "\r\n") + "\r\n\r\n"
    }

    package func get(_ operation: String, key: String = "1/1", query: String = "") async throws -> TestClient.Reply {
        let retailer = key.split(separator: "/").first.flatMap { UInt64($0) } ?? 1
        return try await client.send(
            .get, Self.path(operation, of: retailer) + query, headers: [("Authorization", "Bearer \(key)")])
    }

    package func post(
        _ operation: String, _ body: String, type: String = "application/json"
    ) async throws -> TestClient.Reply {
        try await client.send(
            .post, Self.path(operation), headers: [("Authorization", "Bearer 1/1"), ("Content-Type", type)],
            body: Array(body.utf8))
    }
}

import App
import HTTPSupport
import Logging
import ServiceLifecycle

/// Routes served on a free port of loopback for as long as `body` runs.
enum TestServer {
    static func run<Value>(
        _ table: RouteTable, through pipeline: RequestPipeline, _ limits: Limits, _ body: (TestClient) async throws -> Value
    ) async throws -> Value {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let (ports, portFound) = AsyncStream.makeStream(of: Int.self)
        let server = Server(table, through: pipeline, host: "127.0.0.1", port: 0, limits: limits, logger: logger) {
            portFound.yield($0)
        }
        let group = ServiceGroup(configuration: .init(services: [server], logger: logger))
        let running = Task { try await group.run() }
        for await port in ports {
            let client = TestClient(port: port)
            let result: Result<Value, any Error>
            do {
                result = .success(try await body(client))
            } catch {
                result = .failure(error)
            }
            await client.close()
            await group.triggerGracefulShutdown()
            _ = try? await running.value
            return try result.get()
        }
        preconditionFailure("the server ended before it ran")
    }
}

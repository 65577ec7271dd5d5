import App
import HTTPTypes
import Postgres
import TestSupport
import Testing

@Suite(.enabled(if: BuiltProgram.path != nil, BuiltProgram.missing))
struct DrainTests {
    @Test func `a node that stops is not ready first, goes on answering with Connection: close, and then ends`() async throws {
        let (database, address) = try await TestDatabase.cloneWithAddress()
        await database.close()
        try await ServedProgram.run(named: "drain", on: address, environment: ["TRADEWIND_DRAIN_SECONDS": "2"]) { program in
            let client = try #require(program.client)
            let before = try await client.sendOnce(.get, "/health/live")
            program.terminate()
            let ready = try await AwayWatch(client).firstRefusal()
            let after = try await client.sendOnce(.get, "/health/live")
            while program.isRunning { try await Task.sleep(for: .milliseconds(10)) }

            #expect(before.header("connection") == nil)
            #expect(ready.status == 503)
            #expect(ready.json["code"] == "stopping")
            #expect(after.status == 200)
            #expect(after.header("connection") == "close")
            #expect(program.log.contains(" stopped"))
        }
    }
}

extension AwayWatch {
    /// The first answer that says that the node is not ready.
    fileprivate func firstRefusal() async throws -> TestClient.Reply {
        while true {
            let reply = try await readiness()
            if reply.status != 200 { return reply }
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}

import App
import Glibc
import HTTPTypes
import TestSupport
import Testing

/// What was acknowledged survives, nothing is paid twice, and a budget is spent to its last unit and no further, while
/// 200 tills sell and nodes and their PostgreSQL are killed under them.
@Suite(.serialized) struct CrashTests {
    /// Decides prices and the moments to kill; TRADEWIND_CRASH_SEED names another.
    static let seed = unsafe getenv("TRADEWIND_CRASH_SEED").flatMap { unsafe UInt64(String(cString: $0)) } ?? 20_260_309

    @Test(.enabled(if: BuiltProgram.path != nil, BuiltProgram.missing), arguments: [seed])
    func `after kill -9 of a server and its private PostgreSQL nothing acknowledged is missing and nothing is paid twice`(
        seed: UInt64
    ) async throws {
        try await ServedProgram.run(named: "crash") { program in
            try await CrashRun(nodes: [program], ruins: Self.ruins(of: program), seed: seed).expectNothingLost()
        }
    }

    @Test(.enabled(if: BuiltProgram.path != nil, BuiltProgram.missing), arguments: [seed])
    func `two nodes on one PostgreSQL, each of them killed, lose nothing, pay nothing twice and spend the budget to the unit`(
        seed: UInt64
    ) async throws {
        try await OutsidePostgres.run(named: "crash-\(seed)") { postgres in
            try await ServedProgram.pair(named: "crash-\(seed)", on: postgres) { nodes in
                try await CrashRun(nodes: nodes, ruins: Self.ruins(of: nodes, postgres), seed: seed).expectNothingLost()
            }
        }
    }

    /// The server starts its PostgreSQL again when it starts.
    private static func ruins(of program: ServedProgram) -> [Rush.Ruin] {
        [
            Rush.Ruin(name: "kill server") {
                await program.killServer()
                try await program.start()
            },
            Rush.Ruin(name: "kill PostgreSQL") {
                try await program.killPostgres()
                while try await isReady(program) { try await Task.sleep(for: .milliseconds(2)) }
                await program.killServer()
                try await program.start()
            },
            Rush.Ruin(name: "kill both") {
                await program.killServer()
                try await program.killPostgres()
                try await program.start()
            },
        ]
    }

    /// Nodes stay up when their PostgreSQL goes, and go on by themselves when it is back.
    private static func ruins(of nodes: [ServedProgram], _ postgres: OutsidePostgres) -> [Rush.Ruin] {
        let killPostgres: @Sendable () async throws -> Void = {
            _ = try await postgres.postmaster.kill()
            try await postgres.start()
        }
        let killNodes = nodes.enumerated().map { place, node in
            Rush.Ruin(name: "kill node \(place + 1)") {
                await node.killServer()
                try await node.start()
            }
        }
        return killNodes + [
            Rush.Ruin(name: "kill PostgreSQL", happen: killPostgres),
            Rush.Ruin(name: "kill all") {
                for node in nodes { await node.killServer() }
                try await killPostgres()
                for node in nodes { try await node.start() }
            },
        ]
    }

    /// The server without its PostgreSQL answers, and says that it is not ready.
    private static func isReady(_ program: ServedProgram) async throws -> Bool {
        try await program.client?.send(.get, "/health/ready").status == 200
    }
}

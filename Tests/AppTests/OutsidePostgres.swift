import App
import Glibc
import Postgres
import Subprocess
import SystemPackage
import TestSupport

/// A PostgreSQL of an operator's: initialised in a folder of its own, on a unix socket, with the login that the service has.
struct OutsidePostgres: Sendable {
    private let cluster: PrivateCluster
    private let folder: FilePath

    /// Initialises and migrates it, runs `body`, and leaves nothing running and nothing lying about.
    static func run<Value: Sendable>(
        named name: String, settings: [String: String] = [:], _ body: (OutsidePostgres) async throws -> Value
    ) async throws -> Value {
        let folder = FilePath("/tmp/tradewind-\(name)-\(getpid())-postgres")
        let postgres = OutsidePostgres(cluster: try await PrivateCluster(in: folder), folder: folder)
        do {
            try await postgres.start(settings)
            _ = try await postgres.migrate()
            let value = try await body(postgres)
            await postgres.remove()
            return value
        } catch {
            await postgres.remove()
            throw error
        }
    }

    /// The service's login, which is no superuser.
    var address: String { cluster.address }

    var postmaster: Postmaster { Postmaster(of: cluster.dataFolder) }

    /// Where its data and its socket are.
    var dataFolder: FilePath { cluster.dataFolder }
    var socketFolder: FilePath { cluster.socketFolder }

    func start() async throws { try await start([:]) }

    private func start(_ settings: [String: String]) async throws {
        try await cluster.start(settings: ["fsync": "off", "shared_buffers": "64MB"].merging(settings) { $1 })
    }

    /// As an operator stops it: transactions that run are broken off.
    func stop() async throws { try await cluster.stop() }

    /// `tradewind migrate`, with the steps of a folder.
    @discardableResult
    func migrate(_ folder: FilePath = TestDatabase.migrationsFolder) async throws -> String {
        let outcome = try await BuiltProgram.run(
            ["migrate", "--database-url", cluster.superuserAddress(database: PrivateCluster.database)],
            environment: ["TRADEWIND_MIGRATIONS": folder.string])
        guard outcome.isSuccess else { throw Refused(action: "migrate", status: 1, body: outcome.output) }
        return outcome.output
    }

    /// Reads as the superuser, past every fence.
    func read<Value: Sendable>(_ body: @escaping @Sendable (borrowing Transaction) throws -> Value) async throws -> Value {
        let database = Database(
            DatabaseConfiguration(address: cluster.superuserAddress(database: PrivateCluster.database)))
        do {
            let value = try await database.administer(body)
            await database.close()
            return value
        } catch {
            await database.close()
            throw error
        }
    }

    private func remove() async {
        postmaster.thaw()
        _ = try? await postmaster.kill()
        _ = try? await Subprocess.run(
            .path("/bin/rm"), arguments: ["-rf", cluster.socketFolder.string, cluster.dataFolder.string, folder.string],
            output: .discarded)
    }
}

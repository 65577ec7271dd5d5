import Glibc
import Postgres
import Subprocess
import Synchronization
import SystemPackage
import TestSupport
import Testing

/// `tradewind serve` as a process of its own, over a private cluster in a folder of its own or an outside PostgreSQL: it may
/// be killed and started again. Ends only what it started.
final class ServedProgram: Sendable {
    static let startSecondsMax: Int64 = 300

    private struct Running {
        let pid: pid_t
        let end: Task<Void, Never>
        let client: TestClient
    }

    enum Fault: Error, CustomStringConvertible {
        case didNotStart(log: String)
        case noPostmaster

        var description: String {
            switch self {
            case .didNotStart(let log): "the program did not start: \(log)"
            case .noPostmaster: "there is no postmaster to kill"
            }
        }
    }

    private let folder: FilePath
    private let database: String?
    private let environment: [String: String]
    private let running = Mutex<Running?>(nil)
    private let starts = Atomic<Int>(0)

    private init(_ folder: FilePath, _ database: String?, _ environment: [String: String]) {
        self.folder = folder
        self.database = database
        self.environment = environment
    }

    /// Where the state of a program of this name is.
    static func folder(named name: String) -> FilePath { FilePath("/tmp/tradewind-\(name)-\(getpid())") }

    /// Starts the program on an empty folder, runs `body`, and leaves nothing running and nothing lying about. `database` is
    /// the address of an outside PostgreSQL.
    static func run<Value: Sendable>(
        named name: String, on database: String? = nil, environment: [String: String] = [:],
        _ body: (ServedProgram) async throws -> Value
    ) async throws -> Value {
        let program = ServedProgram(folder(named: name), database, environment)
        do {
            try await program.start()
            let value = try await body(program)
            await program.stop()
            return value
        } catch {
            await program.stop()
            throw error
        }
    }

    /// The one master key that nodes of one PostgreSQL share.
    static let sharedKey = ["TRADEWIND_SECRET_KEY": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="]

    /// Two nodes on one PostgreSQL.
    static func pair<Value: Sendable>(
        named name: String, on postgres: OutsidePostgres, environment: [String: String] = [:],
        _ body: ([ServedProgram]) async throws -> Value
    ) async throws -> Value {
        let settings = environment.merging(sharedKey) { $1 }
        return try await run(named: "\(name)-a", on: postgres.address, environment: settings) { first in
            try await run(named: "\(name)-b", on: postgres.address, environment: settings) { second in
                try await body([first, second])
            }
        }
    }

    /// As the program's `--state` takes it.
    var state: String { folder.string }

    /// What names its database to any command of the program.
    var options: [String] { ["--state", folder.string] + (database.map { ["--database-url", $0] } ?? []) }

    /// What the program has written since its last start.
    var log: String { Processes.text(log(starts.load(ordering: .relaxed))) ?? "" }

    private func log(_ number: Int) -> FilePath { folder.appending("serve-\(number).log") }

    /// Whether the server's process lives.
    var isRunning: Bool { running.withLock { $0.map { Processes.isAlive($0.pid) } ?? false } }

    /// To the server that runs now, or ran last.
    var client: TestClient? { running.withLock { $0?.client } }

    /// `migrations` is another folder of steps: the program then is that of another version. `changes` are settings that it
    /// has this time.
    func start(migrations: FilePath? = nil, with changes: [String: String] = [:]) async throws {
        let number = starts.add(1, ordering: .relaxed).newValue
        unsafe _ = mkdir(folder.string, 0o755)
        let log = log(number)
        let variables = environment.merging(migrations.map { ["TRADEWIND_MIGRATIONS": $0.string] } ?? [:]) { $1 }
            .merging(changes) { $1 }
        let (pids, found) = AsyncStream.makeStream(of: pid_t.self)
        let end = Task { [options] in
            defer { found.finish() }
            guard let program = BuiltProgram.path,
                let file = try? FileDescriptor.open(log, .writeOnly, options: .create, permissions: .ownerReadWrite)
            else { return }
            _ = try? await Subprocess.run(
                .path(program), arguments: Arguments(["serve", "--port", "0"] + options),
                environment: BuiltProgram.environment(with: variables), input: .none,
                output: .fileDescriptor(file, closeAfterSpawningProcess: true), error: .combinedWithOutput
            ) { execution in found.yield(execution.processIdentifier.value) }
        }
        var waiting = pids.makeAsyncIterator()
        guard let pid = await waiting.next() else { throw Fault.didNotStart(log: "no process") }
        let port = try await port(in: log, of: pid)
        running.withLock { $0 = Running(pid: pid, end: end, client: TestClient(port: port)) }
    }

    /// The port that the program says it listens on.
    private func port(in log: FilePath, of pid: pid_t) async throws -> Int {
        let deadline = ContinuousClock.now.advanced(by: .seconds(Self.startSecondsMax))
        while ContinuousClock.now < deadline, Processes.isAlive(pid) {
            let text = Processes.text(log) ?? ""
            if let address = text.split(separator: "\n").last(where: { $0.contains(" listening ") }),
                let port = address.split(separator: ":").last.flatMap({ Int($0.prefix { $0.isNumber }) })
            {
                return port
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        kill(pid, SIGKILL)
        throw Fault.didNotStart(log: Processes.text(log) ?? "")
    }

    /// `kill -9` of the server alone: its PostgreSQL goes on.
    func killServer() async {
        guard let server = running.withLock({ $0 }) else { return }
        kill(server.pid, SIGKILL)
        await server.end.value
    }

    /// `kill -9` of the whole private PostgreSQL.
    func killPostgres() async throws {
        guard try await Postmaster(of: folder.appending("postgres")).kill() else { throw Fault.noPostmaster }
    }

    /// SIGTERM, without waiting for what follows.
    func terminate() {
        if let server = running.withLock({ $0 }) { kill(server.pid, SIGTERM) }
    }

    /// SIGTERM, and waits for the end.
    func stopServer() async {
        guard let server = running.withLock({ $0 }) else { return }
        kill(server.pid, SIGTERM)
        await server.end.value
        await server.client.close()
    }

    /// As an operator stops it, and by force what is left.
    private func stop() async {
        if let server = running.withLock({ $0 }) {
            await server.client.close()
            kill(server.pid, SIGTERM)
            await server.end.value
        }
        _ = try? await Postmaster(of: folder.appending("postgres")).kill()
        let sockets = (try? await PrivateCluster(in: folder).socketFolder.string) ?? folder.string
        _ = try? await Subprocess.run(.path("/bin/rm"), arguments: ["-rf", sockets, folder.string], output: .discarded)
    }
}

import App
import ArgumentParser
import Demo
import Glibc
import Kernel
import Logging
import Postgres
import Tenancy

/// Makes a demo town and plays one story in it, through the public API.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Load a demo town and play one campaign in it.",
        discussion: """
            Generates a grocery chain with its shoppers and receipts, loads it, and plays a campaign from the audience to \
            the statement, printing each step with its numbers. Weeks pass in a minute: the story has a clock of its own, \
            behind the real one, so no service may run on the database meanwhile. At the end a campaign is left that \
            anybody may launch, and the keys for it are in demo-keys.json of the state folder. A town that is there stays.
            """)

    @OptionGroup var common: InstanceOptions

    @Option(help: "Shoppers with a loyalty card.")
    var shoppers = 5_000

    @Option(help: "Weeks of receipts before the story begins.")
    var weeks = 12

    @Option(help: "The same seed on the same day makes the same town.")
    var seed: UInt64 = 1

    @Flag(help: "Do nothing where the database has another retailer.")
    var ifEmpty = false

    func validate() throws {
        guard (1...800_000_000).contains(shoppers) else { throw ValidationError("--shoppers must be 1 to 800000000") }
        guard (1...520).contains(weeks) else { throw ValidationError("--weeks must be 1 to 520") }
    }

    func run() async throws {
        var configuration = try common.configuration()
        configuration.logLevel = max(configuration.logLevel, .warning)
        let demo = configuration
        try await DatabaseHome.with(demo, starting: true) { home in try await run(on: home, demo) }
    }

    private func run(on home: DatabaseHome, _ configuration: Configuration) async throws {
        if try await home.database.hasOtherPrograms() { throw DemoFault.othersConnected }
        try await home.migrate(configuration) { _ in }
        try await home.check(configuration)
        let file = DemoRecordFile(in: configuration.stateFolder)
        let retailers = try await home.database.retailerNames()
        if let record = file.read(), retailers[record.retailer] != nil {
            return print("The demo town is there: \(record.retailer). Its keys are in \(file.path).")
        }
        if ifEmpty, retailers.values.contains(where: { $0 != Story.retailerName }) {
            return print("The database has other retailers: no demo town is loaded.")
        }
        let plan = DemoPlan(TownRequest(shoppers: shoppers, weeks: weeks, seed: seed), configuration.environment)
        let narrator = Narrator { StandardOutput.print($0) }
        try await DemoHost.run(on: home, configuration, over: .real, configuration.logger()) { host in
            let record = try await Story.tell(plan, on: host, narrator, progress: TerminalLine().show)
            try file.write(record)
        }
        print("The keys of the town are in \(file.path).")
    }
}

/// A line on the terminal that is written over and over; nothing where stderr is none.
private struct TerminalLine: Sendable {
    private let isShown = isatty(STDERR_FILENO) == 1

    func show(_ line: String) {
        guard isShown else { return }
        StandardOutput.write("\r\(line)  ", to: STDERR_FILENO)
    }
}

extension Database {
    /// Whether anybody else is connected to the same database; asked before this program has a second connection.
    fileprivate func hasOtherPrograms() async throws -> Bool {
        try await administer { tx in
            try tx.one(
                """
                SELECT count(*)
                FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
                """, { row in try row.next(Int64.self) }) > 0
        }
    }

    /// The name of each retailer by its id.
    fileprivate func retailerNames() async throws -> [String: String] {
        let rows = try await read(as: .workerHome) { tx in
            try tx.query(
                "SELECT retailer_id, name FROM retailer ORDER BY retailer_id",
                { row in (id: try row.next(RetailerID.self), name: try row.next(String.self)) })
        }
        return Dictionary(uniqueKeysWithValues: rows.map { ("\($0.id)", $0.name) })
    }
}

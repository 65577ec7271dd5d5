import App
import ArgumentParser
import SystemPackage

/// Benchmarks: each measures ours and its yardstick in one run on one machine.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure this machine.",
        discussion: "Uses a PostgreSQL of its own under --state (default ./var/bench) unless DATABASE_URL is set.",
        subcommands: [
            Import.self, Checkout.self, Ledger.self, Offers.self, Previews.self, Push.self, Slow.self, Webhooks.self,
        ])

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Receipt lines a second through the import against COPY.")

        @OptionGroup var common: InstanceOptions

        @Flag(help: "One line of JSON for each measure.")
        var json = false

        @Option(help: "Receipts, of ten lines each.")
        var receipts = 100_000

        func run() async throws {
            try await BenchCommand.onItsOwn(common) { home, _ in
                for measure in try await BenchImport(database: home.database, receipts: receipts).run() {
                    measure.print(asJSON: json)
                }
            }
        }
    }

    struct Ledger: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Sealing and verifying the books of a new retailer.")

        @OptionGroup var common: InstanceOptions

        @Flag(help: "One line of JSON for each measure.")
        var json = false

        @Option(help: "Transfers, at least 1000.")
        var transfers = 1_000_000

        func run() async throws {
            try await BenchCommand.onItsOwn(common) { home, _ in
                let retailer = try await BenchRetailer.make(home.database)
                try await BenchLedger(database: home.database, retailer: retailer, transfers: transfers).run {
                    $0.print(asJSON: json)
                }
            }
        }
    }

    struct Slow: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Normal requests beside thousands of idle and slow connections.",
            discussion: "Asks a node on this machine that runs already; `bin/bench slow` starts one.")

        @OptionGroup var common: InstanceOptions

        @Flag(help: "One line of JSON for each measure.")
        var json = false

        @Option(help: "The node's port.")
        var port: Int

        @Option(help: "Connections that say nothing.")
        var idle = 5_000

        @Option(help: "Connections that send or read a byte a second.")
        var slow = 200

        @Option(help: "Normal requests a second.")
        var rate = 150

        @Option(help: "How long each of the two runs lasts.")
        var seconds: Int64 = 20

        func run() async throws {
            let wanted = idle + slow + 100
            let files = FileDescriptors.raise(to: wanted)
            guard files >= wanted else {
                throw ValidationError("\(wanted) files are needed and \(files) allowed: raise the hard limit (ulimit -Hn)")
            }
            let configuration = try common.configuration()
            try await DatabaseHome.with(configuration) { home in
                let bench = BenchSlow(
                    database: home.database, environment: configuration.environment, port: port, idle: idle, slow: slow,
                    perSecond: rate, seconds: seconds)
                for measure in try await bench.run() { measure.print(asJSON: json) }
            }
        }
    }

    /// Runs a benchmark on a database of its own with the newest schema, where no other is named.
    static func onItsOwn(
        _ common: InstanceOptions, _ bench: (DatabaseHome, Configuration) async throws -> Void
    ) async throws {
        var configuration = try common.configuration()
        if common.state == nil { configuration.stateFolder = configuration.stateFolder.appending("bench") }
        let own = configuration
        try await DatabaseHome.with(own, starting: true) { home in
            try await home.migrate(own) { _ in }
            try await bench(home, own)
        }
    }
}

import App
import ArgumentParser
import JSONText
import SystemPackage

/// Benchmarks: each measures ours and its yardstick in one run on one machine.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure this machine.",
        discussion: "Uses a PostgreSQL of its own under --state (default ./var/bench) unless DATABASE_URL is set.",
        subcommands: [Import.self, Checkout.self])

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Receipt lines a second through the import against COPY.")

        @OptionGroup var common: InstanceOptions

        @Flag(help: "One line of JSON for each measure.")
        var json = false

        @Option(help: "Receipts, of ten lines each.")
        var receipts = 100_000

        func run() async throws {
            var configuration = try common.configuration()
            if common.state == nil { configuration.stateFolder = configuration.stateFolder.appending("bench") }
            let home = try await DatabaseHome.open(configuration, starting: true)
            do {
                try await home.migrate(configuration) { _ in }
                for measure in try await BenchImport(database: home.database, receipts: receipts).run() {
                    print(json ? String(decoding: measure.jsonBytes, as: UTF8.self) : measure.text)
                }
            } catch {
                try await home.close()
                throw error
            }
            try await home.close()
        }
    }
}

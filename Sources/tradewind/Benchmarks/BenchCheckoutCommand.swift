import App
import ArgumentParser

extension BenchCheckout.Part: ExpressibleByArgument {}

extension BenchCommand {
    struct Checkout: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Receipts with redemptions a second through HTTP against a bare loop of the same rows.")

        @OptionGroup var common: InstanceOptions

        @Flag(help: "One line of JSON for each measure.")
        var json = false

        @Option(help: "Connections that post at once.")
        var connections = 256

        @Option(help: "Campaigns that run.")
        var campaigns = 2_000

        @Option(help: "Shoppers with a card.")
        var shoppers = 200_000

        @Option(help: "How long each measure runs.")
        var seconds = 10.0

        @Option(help: "What is measured: receipts, quotes or all.")
        var part = BenchCheckout.Part.all

        func validate() throws {
            guard (1...900).contains(connections) else { throw ValidationError("--connections must be 1 to 900") }
            guard (1...BenchTown.products).contains(campaigns) else {
                throw ValidationError("--campaigns must be 1 to \(BenchTown.products)")
            }
            guard (1...10_000_000).contains(shoppers) else { throw ValidationError("--shoppers must be 1 to 10000000") }
            guard (1...3_600).contains(seconds) else { throw ValidationError("--seconds must be 1 to 3600") }
        }

        func run() async throws {
            let isJSON = json
            try await BenchCommand.onItsOwn(common) { home, configuration in
                try await BenchCheckout(
                    home: home, configuration: configuration, connections: connections, campaigns: campaigns,
                    shoppers: shoppers, seconds: seconds, part: part
                ).run { $0.print(asJSON: isJSON) }
            }
        }
    }
}

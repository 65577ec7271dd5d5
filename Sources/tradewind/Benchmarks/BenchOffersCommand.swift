import App
import ArgumentParser

extension BenchCommand {
    struct Offers: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shoppers' offers a second through HTTP against the same server's hello.")

        @OptionGroup var common: InstanceOptions

        @Flag(help: "One line of JSON for each measure.")
        var json = false

        @Option(help: "Connections that ask at once.")
        var connections = 32

        @Option(help: "Campaigns that run; each shopper is promised one in twenty-five of them.")
        var campaigns = 500

        @Option(help: "Shoppers with a card.")
        var shoppers = 1_000_000

        @Option(help: "How long each measure runs.")
        var seconds = 10.0

        func validate() throws {
            guard (1...900).contains(connections) else { throw ValidationError("--connections must be 1 to 900") }
            guard (25...BenchTown.products).contains(campaigns) else {
                throw ValidationError("--campaigns must be 25 to \(BenchTown.products)")
            }
            guard (1_000...10_000_000).contains(shoppers) else {
                throw ValidationError("--shoppers must be 1000 to 10000000")
            }
            guard (1...3_600).contains(seconds) else { throw ValidationError("--seconds must be 1 to 3600") }
        }

        func run() async throws {
            let isJSON = json
            try await BenchCommand.onItsOwn(common) { home, configuration in
                try await BenchOffers(
                    home: home, configuration: configuration, connections: connections, campaigns: campaigns,
                    shoppers: shoppers, seconds: seconds
                ).run { $0.print(asJSON: isJSON) }
            }
        }
    }
}

import App
import ArgumentParser

extension BenchCommand {
    struct Previews: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Building an audience index, and previews beside tills that file receipts.")

        @OptionGroup var common: InstanceOptions

        @Flag(help: "One line of JSON for each measure.")
        var json = false

        @Option(help: "Shoppers with a card, each with twelve receipts of twelve weeks.")
        var shoppers = 1_000_000

        @Option(help: "Receipts a second of the tills.")
        var rate = 1_000.0

        @Option(help: "How long each measure runs.")
        var seconds = 20.0

        func validate() throws {
            guard (1_000...10_000_000).contains(shoppers) else { throw ValidationError("--shoppers must be 1000 to 10000000") }
            guard (1...100_000).contains(rate) else { throw ValidationError("--rate must be 1 to 100000") }
            guard (1...3_600).contains(seconds) else { throw ValidationError("--seconds must be 1 to 3600") }
        }

        func run() async throws {
            let isJSON = json
            try await BenchCommand.onItsOwn(common) { home, configuration in
                var bench = BenchPreviews(home: home, configuration: configuration)
                (bench.shoppers, bench.receiptsPerSecond, bench.seconds) = (shoppers, rate, seconds)
                try await bench.run { $0.print(asJSON: isJSON) }
            }
        }
    }
}

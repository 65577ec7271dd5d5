import App
import ArgumentParser

extension BenchCommand {
    struct Push: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The time from a launch to its last shopper: decided, granted, logged, signed and delivered on loopback.")

        @OptionGroup var common: InstanceOptions

        @Flag(help: "One line of JSON for each measure.")
        var json = false

        @Option(help: "Shoppers of the campaign.")
        var shoppers = 1_000_000

        @Flag(help: "Every shopper has twelve receipts, and the depth of the discount is by shopper.")
        var depths = false

        func validate() throws {
            guard (1_000...10_000_000).contains(shoppers) else {
                throw ValidationError("--shoppers must be 1000 to 10000000")
            }
        }

        func run() async throws {
            let (isJSON, hasDepths) = (json, depths)
            try await BenchCommand.onItsOwn(common) { home, configuration in
                try await BenchPush(
                    home: home, configuration: configuration, shoppers: shoppers, hasDepths: hasDepths
                ).run { $0.print(asJSON: isJSON) }
            }
        }
    }
}

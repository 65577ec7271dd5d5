import App
import ArgumentParser

extension BenchCommand {
    struct Webhooks: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Signed deliveries a second to many endpoints against a bare loop of libcurl to the same sink on loopback.")

        @OptionGroup var common: InstanceOptions

        @Flag(help: "One line of JSON for each measure.")
        var json = false

        @Option(help: "Endpoints, half of them of each of two retailers.")
        var endpoints = 100

        @Option(help: "How long each measure runs.")
        var seconds = 10.0

        @Option(help: "Events that wait to be delivered at the peak.")
        var waiting = 4_000

        func validate() throws {
            guard (2...100).contains(endpoints), endpoints % 2 == 0 else {
                throw ValidationError("--endpoints must be an even number, 2 to 100")
            }
            guard (1...600).contains(seconds) else { throw ValidationError("--seconds must be 1 to 600") }
            guard (100...1_000_000).contains(waiting) else { throw ValidationError("--waiting must be 100 to 1000000") }
        }

        func run() async throws {
            let isJSON = json
            try await BenchCommand.onItsOwn(common) { home, configuration in
                try await BenchWebhooks(
                    home: home, configuration: configuration, endpoints: endpoints, seconds: seconds, waiting: waiting
                ).run { $0.print(asJSON: isJSON) }
            }
        }
    }
}

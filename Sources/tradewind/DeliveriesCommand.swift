import App
import ArgumentParser
import JSONText
import Kernel
import Parties
import Webhooks

/// Webhook deliveries of one retailer, its suppliers' included, for whoever operates the service.
struct DeliveriesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deliveries", abstract: "List webhook deliveries, inspect one with its tries, and send again.",
        subcommands: [List.self, Inspect.self, Replay.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print deliveries, the newest first.")

        @OptionGroup var common: InstanceOptions
        @OptionGroup var of: RetailerOption

        @Option(help: "One endpoint only (endpoint_...).")
        var endpoint: String?

        @Option(help: "pending, delivered, failed or cancelled. Default: all.")
        var state: String?

        @Option(help: "How many at most, 1 to 1000.")
        var limit = 50

        @Flag(help: "One line of JSON for each.")
        var json = false

        func validate() throws {
            guard (1...DeliveryDesk.listMax).contains(limit) else { throw ValidationError("--limit must be 1 to 1000") }
            if let state, Delivery.State(rawValue: state) == nil { throw ValidationError("\(state) is no state of a delivery") }
        }

        func run() async throws {
            let (retailer, only) = (try of.id(), try endpoint.map { try EndpointID.asked($0) })
            let deliveries = try await DatabaseHome.with(try common.configuration()) { home in
                try await DeliveryDesk(home.database).list(
                    at: retailer, to: only, in: state.flatMap(Delivery.State.init), limit: limit)
            }
            for delivery in deliveries { StandardOutput.print(json ? delivery.jsonLine : delivery.line) }
        }
    }

    struct Inspect: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a delivery, its endpoint and each try. Exits with 1 where there is none.")

        @OptionGroup var common: InstanceOptions
        @OptionGroup var of: RetailerOption

        @Argument(help: "delivery_...")
        var delivery: String

        @Flag(help: "JSON, with the heads of the answers.")
        var json = false

        func run() async throws {
            let (retailer, id) = (try of.id(), try DeliveryID.asked(delivery))
            let found = try await DatabaseHome.with(try common.configuration()) { home in
                try await DeliveryDesk(home.database).inspect(id, at: retailer)
            }
            guard let found else {
                StandardOutput.print("there is no delivery \(id) at \(retailer)")
                throw ExitCode(1)
            }
            guard !json else { return StandardOutput.print(found.jsonLine) }
            StandardOutput.print(found.delivery.line)
            StandardOutput.print("  to \(found.url)  \(found.supplier.map { "of \($0)" } ?? "of the retailer")")
            for line in found.attemptLines { StandardOutput.print(line) }
        }
    }

    struct Replay: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send again: one delivery, or all of an endpoint that failed in a span of time.",
            discussion: """
                A running node sends them. With --missing, what was never for the endpoint in that span: the events of a pause, \
                or of the time before it. Stands in the audit.
                """)

        @OptionGroup var common: InstanceOptions
        @OptionGroup var of: RetailerOption

        @Argument(help: "delivery_...")
        var delivery: String?

        @Option(help: "All of this endpoint (endpoint_...), with --since and --until.")
        var endpoint: String?

        @Option(help: "The beginning of the span, RFC 3339.")
        var since: String?

        @Option(help: "Its end.")
        var until: String?

        @Flag(help: "What was never for the endpoint in place of what failed.")
        var missing = false

        func validate() throws {
            guard (delivery == nil) != (endpoint == nil) else {
                throw ValidationError("name one delivery, or an endpoint with --since and --until")
            }
            guard endpoint == nil || (since != nil && until != nil) else {
                throw ValidationError("--endpoint needs --since and --until")
            }
        }

        func run() async throws {
            let retailer = try of.id()
            let count = try await DatabaseHome.with(try common.configuration()) { home in
                let desk = DeliveryDesk(home.database)
                do {
                    guard let endpoint else {
                        try await desk.replay(try DeliveryID.asked(delivery ?? ""), at: retailer) { .machine(at: $0) }
                        return 1
                    }
                    return try await desk.replay(
                        to: try EndpointID.asked(endpoint), since: try Self.time(since), until: try Self.time(until),
                        missing: missing, at: retailer
                    ) { .machine(at: $0) }
                } catch let refusal as any Refusal {
                    throw ValidationError(refusal.problem.title)
                } catch let problem as Problem {
                    throw ValidationError(problem.detail ?? problem.title)
                }
            }
            StandardOutput.print("\(count) queued")
        }

        private static func time(_ text: String?) throws -> Instant {
            guard let instant = text.flatMap({ Instant($0) }) else {
                throw ValidationError("\(text ?? "") is no time like 2026-03-01T00:00:00Z")
            }
            return instant
        }
    }
}

/// Which retailer a command is about.
struct RetailerOption: ParsableArguments {
    @Option(help: "The retailer (retailer_...).")
    var retailer: String

    func id() throws -> RetailerID { try RetailerID.asked(retailer) }
}

extension TypedID {
    /// As a person typed it.
    fileprivate static func asked(_ text: String) throws -> Self {
        guard let id = Self(text) else { throw ValidationError("\(text) is not the id of a \(Kind.prefix)") }
        return id
    }
}

extension JSONWritable {
    fileprivate var jsonLine: String { String(decoding: jsonBytes, as: UTF8.self) }
}

extension Delivery {
    /// For a terminal.
    fileprivate var line: String {
        let last = lastStatus.map { "\($0)" } ?? lastFailure ?? "-"
        let next = nextAttemptAt.map { "next \($0)" } ?? finishedAt.map { "finished \($0)" } ?? ""
        return "\(id)  \(state.rawValue)  \(eventType)  \(attempts) tries  last \(last)  \(next)  \(endpoint)"
    }
}

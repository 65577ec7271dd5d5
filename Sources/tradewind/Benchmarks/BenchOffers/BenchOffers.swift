import App
import HTTPSupport
import HTTPTypes
import Kernel
import Logging
import Offers
import Parties

/// What a shopper's offers cost beside the least that the same server can say: through the same router, telemetry and request
/// id, hello without a key, offers with everything that a retailer's app meets.
struct BenchOffers: Sendable {
    static let helloShareGoal = 0.75
    static let offersOfAnswer = 5
    static let shoppersOfBatch = 500

    let home: DatabaseHome
    let configuration: Configuration
    var connections = 32
    var campaigns = 500
    var shoppers = 1_000_000
    var seconds = 10.0

    func run(_ report: @escaping @Sendable (BenchMeasure) -> Void) async throws {
        let town = try await BenchTown.make(
            campaigns: campaigns, shoppers: shoppers, on: home.database, in: .real, configuration.environment)
        let app = try await town.addGrants(on: home.database, configuration.environment)
        try await home.database.refreshStatistics()
        try await served { port, memory in
            let ask = BenchOfferRequests(town: town, app: app)
            let loaded = try await ask.warm(port: port, until: { memory.answers.memory > 0 })
            report(measure("first_answer_from_memory", loaded, "s"))
            report(measure("bytes_a_shopper", Double(memory.totals.bytes) / Double(shoppers), "bytes"))
            let rush = { (request: @escaping @Sendable (Int) -> String, status: Int) in
                try await BenchRush(
                    request: request, expects: status, port: port, connections: connections, seconds: seconds
                ).run()
            }
            _ = try await rush(ask.offers, 200)
            // Before and after, since a machine is not the same all the time.
            let before = try await rush(ask.hello, 200)
            let offers = try await rush(ask.offers, 200)
            let after = try await rush(ask.hello, 200)
            let hello = (before.receipts + after.receipts) / 2
            tell("hello_before", before, report)
            tell("hello_after", after, report)
            tell("offers", offers, report)
            report(measure("offers_share_of_hello", offers.receipts / hello, "ratio", goal: Self.helloShareGoal))
            let unchanged = try await rush(ask.unchanged, 304)
            tell("unchanged", unchanged, report)
            report(measure("unchanged_share_of_hello", unchanged.receipts / hello, "ratio"))
            let batches = try await rush(ask.batch, 200)
            tell("batches", batches, report)
            report(measure("batch_shoppers", batches.receipts * Double(Self.shoppersOfBatch), "shoppers/s"))
            let answers = memory.answers
            report(measure("answered_by_postgres", Double(answers.postgres), "answers"))
            report(measure("resident_memory", Double(ResidentMemory.bytes) / 1_048_576, "MiB"))
        }
    }

    private func tell(_ name: String, _ outcome: BenchRush.Outcome, _ report: @Sendable (BenchMeasure) -> Void) {
        report(measure(name, outcome.receipts, "1/s"))
        for (label, part) in [("p50", 5_000), ("p99", 9_900)] {
            report(measure("\(name)_\(label)", outcome.millis(at: part), "ms"))
        }
        for (status, count) in outcome.others.sorted(by: { $0.key < $1.key }) {
            report(measure("\(name)_answered_\(status)", Double(count), "answers"))
        }
    }

    private func measure(_ name: String, _ value: Double, _ unit: String, goal: Double? = nil) -> BenchMeasure {
        BenchMeasure(bench: "offers", measure: name, value: value, unit: unit, goal: goal)
    }

    private func served(_ body: @escaping @Sendable (Int, OfferMemory) async throws -> Void) async throws {
        let keys = try MasterKeys(configuration, in: .real)
        var settings = NodeSettings(configuration, keys, try ReferenceFiles(in: configuration.contractsFolder))
        settings.limits = configuration.limits.unhurried(.hot)
        settings.offers = OfferBounds(bytesMax: 8 << 30)
        let marketplace = Marketplace(
            home.database, settings, world: .real, logger: configuration.logger(), readiness: Readiness())
        let hello = Route(.get, "/hello", "hello", access: .open) { _ in
            .text("Hello, world!", contentType: "text/plain; charset=utf-8")
        }
        let memory = marketplace.offerMemory
        let following = Task { await memory.run { try? await Task.sleep(for: .milliseconds(500)) } }
        defer { following.cancel() }
        try await BenchService.run(marketplace, configuration, extra: [hello]) { port in try await body(port, memory) }
    }
}

import App
import Audiences
import HTTPSupport
import Kernel
import Logging
import Parties
import Postgres
import Profiles
import Tenancy

/// Previews beside tills: how long an index is built from receipts, what previews cost the tills, and how soon a receipt is
/// in a count while others arrive.
struct BenchPreviews: Sendable {
    /// How much slower the tills' slowest hundredth may become.
    static let slowerGoal = 2.0
    static let delaySecondsGoal = 2.0
    /// Receipts of the history for each shopper, over as many days before today.
    static let historyReceipts = 12
    static let historyDays: Int32 = 84

    let home: DatabaseHome
    let configuration: Configuration
    var shoppers = 1_000_000
    var connections = 64
    var receiptsPerSecond = 1_000.0
    var seconds = 20.0

    func run(_ report: @escaping @Sendable (BenchMeasure) -> Void) async throws {
        let database = home.database
        let town = try await BenchTown.make(
            campaigns: 2_000, shoppers: shoppers, on: database, in: .real, configuration.environment)
        let marketer = try await town.addMarketer(on: database, configuration.environment)
        let written = try await town.addHistory(
            receipts: Self.historyReceipts, days: Self.historyDays, before: OutsideWorld.real.now().utcDay, on: database)
        try await database.refreshStatistics()
        report(measure("history", Double(written), "receipts"))
        try await served { port, indexes in
            let watch = BenchIndexWatch(town: town, indexes: indexes, database: database)
            let built = try await watch.build()
            report(measure("build_seconds", built, "s"))
            report(measure("build_shoppers", Double(shoppers) / built, "shoppers/s"))
            report(measure("index_bytes_a_shopper", Double(indexes.totals.bytes) / Double(shoppers), "bytes"))
            _ = try await rush(town, "warm", port, seconds: min(5, seconds))
            let alone = try await rush(town, "alone", port, seconds: seconds)
            tell("tills_alone", alone, report)
            let previews = BenchPreviewLoop(town: town, key: marketer, port: port, seconds: seconds)
            async let asked = previews.run()
            async let delays = watch.delays(by: BenchProbe(town: town, port: port), seconds: seconds)
            let beside = try await rush(town, "beside", port, seconds: seconds)
            tell("tills_beside_previews", beside, report)
            report(
                measure(
                    "tills_p99_slower", beside.millis(at: 9_900) / max(0.001, alone.millis(at: 9_900)), "times",
                    most: Self.slowerGoal))
            tell("previews", try await asked, report)
            let waits = try await delays.sorted()
            report(measure("receipt_to_count_median", waits[waits.count / 2], "s"))
            report(
                measure("receipt_to_count_longest", waits[waits.count - 1], "s", most: Self.delaySecondsGoal))
        }
    }

    private func rush(_ town: BenchTown, _ run: String, _ port: Int, seconds: Double) async throws -> BenchRush.Outcome {
        let basket = BenchBasket(town: town, run: run, soldAt: OutsideWorld.real.now(), isHot: false)
        return try await BenchRush(
            request: basket.request, port: port, connections: connections, seconds: seconds, rate: receiptsPerSecond
        ).run()
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

    private func measure(_ name: String, _ value: Double, _ unit: String, most: Double? = nil) -> BenchMeasure {
        BenchMeasure(bench: "previews", measure: name, value: value, unit: unit, goal: most, isBound: most != nil)
    }

    /// Previews are heavy operations, of which a key has few a second; here they are to be many.
    private func served(_ body: @escaping @Sendable (Int, AudienceIndexes) async throws -> Void) async throws {
        let keys = try MasterKeys(configuration, in: .real)
        var settings = NodeSettings(configuration, keys, try ReferenceFiles(in: configuration.contractsFolder))
        settings.limits = configuration.limits.unhurried(.heavy)
        settings.audienceIndex = IndexBounds(bytesMax: 4 << 30)
        let marketplace = Marketplace(
            home.database, settings, world: .real, logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() },
            readiness: Readiness())
        let following = Task { await marketplace.indexes.run { try? await Task.sleep(for: .milliseconds(250)) } }
        defer { following.cancel() }
        try await BenchService.run(marketplace, configuration) { port in try await body(port, marketplace.indexes) }
    }
}

import App
import Bitmaps
import Campaigns
import EventLog
import HTTPSupport
import Kernel
import Logging
import Offers
import OutboundHTTP
import Parties
import Postgres
import ServiceLifecycle
import Synchronization
import Tenancy
import Webhooks

/// A campaign that begins to run, until its last shopper was told of by a signed message to a sink on loopback: the decision with
/// its ranking, the grant, the log, and deliveries, all of one node.
struct BenchPush: Sendable {
    static let secondsGoal = 60.0
    /// Nothing has come for so long: what lacks does not come.
    private static let silenceSecondsMax = 120.0

    let home: DatabaseHome
    let configuration: Configuration
    let shoppers: Int
    /// Every shopper has receipts, and three rules say how deep the discount is for whom.
    let hasDepths: Bool

    func run(_ report: @escaping @Sendable (BenchMeasure) -> Void) async throws {
        let tally = PushTally(shoppers: shoppers)
        let sink = try BenchSink(tally: tally)
        let keys = try MasterKeys(configuration, in: .real)
        let webhooks = WebhookSettings(secretBox: keys.box, policy: .development)
        var settings = NodeSettings(configuration, keys, try ReferenceFiles(in: configuration.contractsFolder))
        settings.webhooks = webhooks
        let marketplace = Marketplace(
            home.database, settings, world: .real, logger: configuration.logger(), readiness: Readiness())
        let town = try await BenchTown.make(
            campaigns: 1, shoppers: shoppers, on: home.database, in: .real, configuration.environment)
        try await town.awaitPush(at: sink.port, on: home.database, webhooks)
        if hasDepths { try await town.addDepths(on: home.database) }
        try await home.database.refreshStatistics()
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: marketplace.delivery)], logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
            ))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            try await measure(marketplace, town, tally, sink, report)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    private func measure(
        _ marketplace: Marketplace, _ town: BenchTown, _ tally: PushTally, _ sink: BenchSink,
        _ report: @escaping @Sendable (BenchMeasure) -> Void
    ) async throws {
        let before = ResidentMemory.bytes
        let peak = Atomic(before)
        let watching = Task {
            while !Task.isCancelled {
                peak.max(ResidentMemory.bytes, ordering: .relaxed)
                try? await Task.sleep(for: .milliseconds(100))
            }
        }
        defer { watching.cancel() }
        let start = ContinuousClock.now
        let logging = Task {
            try await marketplace.offerClock.advance(town.retailer, at: OutsideWorld.real.now())
            return (ContinuousClock.now - start).seconds
        }
        var (first, told, moved) = (Double?.none, 0, start)
        while tally.told < shoppers {
            try await Task.sleep(for: .milliseconds(20))
            if first == nil, tally.told > 0 { first = (ContinuousClock.now - start).seconds }
            if tally.told > told { (told, moved) = (tally.told, .now) }
            guard (ContinuousClock.now - moved).seconds < Self.silenceSecondsMax else { throw BenchFault.nothingArrives }
        }
        let logged = try await logging.value
        let last = ((tally.last ?? .now) - start).seconds
        report(measure("first_shopper", first ?? 0, "s"))
        report(measure("logged", logged, "s"))
        report(measure("last_shopper", last, "s", goal: Self.secondsGoal))
        report(measure("shoppers_told", Double(tally.told), "count"))
        if hasDepths {
            for (depth, count) in try await town.promisedByDepth(on: home.database) {
                report(measure("promised_at_\(depth)", Double(count), "count"))
            }
        }
        report(measure("told_twice", Double(tally.mentions - tally.told), "count"))
        report(measure("messages", Double(sink.answered), "count"))
        report(measure("shoppers_a_second", Double(tally.told) / last, "1/s"))
        report(measure("memory_before", Double(before) / 1_048_576, "MiB"))
        report(measure("memory_added_at_most", Double(peak.load(ordering: .relaxed) - before) / 1_048_576, "MiB"))
    }

    private func measure(_ name: String, _ value: Double, _ unit: String, goal: Double? = nil) -> BenchMeasure {
        BenchMeasure(bench: "push", measure: name, value: value, unit: unit, goal: goal, isBound: true)
    }
}

extension BenchTown {
    /// Makes its campaign one for all shoppers as an audience, of whom each may be promised five offers by their score, and which
    /// nobody has decided yet; an endpoint is told.
    fileprivate func awaitPush(at port: Int, on database: Database, _ settings: WebhookSettings) async throws {
        let members = Bytes(KeySet(1...UInt32(shoppers)).portableBytes)
        let today = OutsideWorld.real.now().utcDay
        let endpoint = CreateEndpoint(
            at: retailer, url: "http://127.0.0.1:\(port)/", eventTypes: ["offers.published"], ratePerSecond: 1_000)
        try await database.transaction(as: .platform) { tx in try tx.execute("SELECT attach_month('delivery_attempt', \(today))")
        }
        try await database.transaction(as: .retailer(retailer)) { tx in
            try tx.pipeline([
                """
                UPDATE campaign_version
                SET eligibility = '{"type": "audience"}', limits = '{"units_per_shopper": 3, "units_per_receipt": 2}'
                WHERE retailer_id = \(retailer)
                """,
                "UPDATE policy SET offers_per_shopper_max = 5 WHERE retailer_id = \(retailer)",
                """
                INSERT INTO campaign_members (retailer_id, campaign_id, version, shown, holdout, counted, as_of, made_at)
                SELECT retailer_id, campaign_id, 1, \(members), \(Bytes(KeySet().portableBytes)), \(shoppers),
                    \(today.adding(days: -1)), now()
                FROM campaign
                WHERE retailer_id = \(retailer)
                """,
            ])
            try endpoint.run(in: tx, by: .machine(at: .retailer(retailer)), settings.secretBox)
        }
    }
}

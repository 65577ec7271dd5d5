import App
import Checkout
import HTTPSupport
import Kernel
import Ledger
import Logging
import Postgres

/// Receipts a second through HTTP, with their redemptions, against a bare loop that writes the same rows.
struct BenchCheckout: Sendable {
    static let bareShareGoal = 0.5
    static let receiptsGoal = 4_000.0
    static let hotShareGoal = 0.8
    /// A p99 beside `verify`, by the one without.
    static let verifySlowerGoal = 2.0
    /// The field's published hourly figure.
    static let fieldReceipts = 200_000.0

    let home: DatabaseHome
    let configuration: Configuration
    var connections = 256
    var campaigns = 2_000
    var shoppers = 200_000
    var seconds = 10.0
    var part = Part.all

    enum Part: String, CaseIterable {
        case receipts, quotes, all
    }

    func run(_ report: @escaping @Sendable (BenchMeasure) -> Void) async throws {
        try await yardsticks(report)
        if part != .quotes { try await receipts(report) }
        if part != .receipts { try await quotes(report) }
    }

    private func receipts(_ report: @escaping @Sendable (BenchMeasure) -> Void) async throws {
        let town = try await town()
        try await home.database.refreshStatistics()
        let bare = try await BenchBareLoop(
            basket: basket(try await self.town(), "bare"), database: home.database, seconds: seconds
        ).run()
        report(measure("bare_loop", bare, "receipts/s"))
        try await served(with: Self.oneByOne) { port in
            _ = try await rush(basket(town, "warm-one"), port, seconds: min(3, seconds))
            let alone = try await rush(basket(town, "one"), port)
            report(measure("one_transaction_a_receipt", alone.receipts, "receipts/s"))
        }
        try await served { port in
            // Connections are opened, statements prepared, pages read.
            _ = try await rush(basket(town, "warm"), port, seconds: min(3, seconds))
            let uniform = try await rush(basket(town, "uniform"), port)
            tell("uniform_peak", uniform, goal: Self.receiptsGoal, report)
            report(measure("uniform_share_of_bare", uniform.receipts / bare, "ratio", goal: Self.bareShareGoal))
            report(measure("minutes_for_200k", Self.fieldReceipts / max(1, uniform.receipts) / 60, "minutes"))
            let hot = try await rush(basket(town, "hot", isHot: true), port)
            tell("hot_peak", hot, report)
            report(measure("hot_share_of_uniform", hot.receipts / uniform.receipts, "ratio", goal: Self.hotShareGoal))
            var half: BenchRush.Outcome?
            for (name, share) in [("uniform_half", 0.5), ("uniform_90", 0.9)] {
                let outcome = try await rush(basket(town, name), port, rate: uniform.receipts * share)
                tell(name, outcome, report)
                half = half ?? outcome
            }
            let (beside, checks) = try await whileVerifying(town) {
                try await rush(basket(town, "verify"), port, rate: uniform.receipts / 2)
            }
            tell("half_beside_verify", beside, report)
            report(measure("verify_checks_meanwhile", Double(checks), "checks"))
            let before = half?.millis(at: 9_900) ?? 0
            report(
                BenchMeasure(
                    bench: "checkout", measure: "verify_p99_slower", value: beside.millis(at: 9_900) / max(0.001, before),
                    unit: "ratio", goal: Self.verifySlowerGoal, isBound: true))
        }
    }

    /// The books are verified again and again until the body is done, as an operator would have it.
    private func whileVerifying(
        _ town: BenchTown, _ body: () async throws -> BenchRush.Outcome
    ) async throws -> (outcome: BenchRush.Outcome, checks: Int) {
        let (verification, retailer) = (Verification(home.database), town.retailer)
        let done = Task {
            var count = 0
            while !Task.isCancelled {
                for check in Marketplace.checks where !Task.isCancelled {
                    let report = try await verification.run(check, of: retailer)
                    guard report.findings == 0 else { throw BenchFault.wrongBooks }
                    count += 1
                }
            }
            return count
        }
        let outcome = try await body()
        done.cancel()
        return (outcome, try await done.value)
    }

    /// Quotes of 100 lines with 200 campaigns, without and with a hold: as fast as answers come, and at half of that.
    private func quotes(_ report: @escaping @Sendable (BenchMeasure) -> Void) async throws {
        let town = try await BenchTown.make(
            campaigns: BenchQuotes.campaigns, shoppers: min(shoppers, 10_000), on: home.database, in: .real,
            configuration.environment)
        try await town.spread(on: home.database)
        try await home.database.refreshStatistics()
        try await served { port in
            for (name, holds) in [("quotes", false), ("quotes_held", true)] {
                let ask = { (run: String, rate: Double?, seconds: Double) in
                    let asked = BenchQuotes(town: town, run: run, holds: holds)
                    return try await BenchRush(
                        request: asked.request, expects: 200, port: port, connections: Self.quoteConnections, seconds: seconds,
                        rate: rate
                    ).run()
                }
                _ = try await ask("\(name)-warm", nil, min(3, seconds))
                let peak = try await ask("\(name)-peak", nil, seconds)
                tell("\(name)_peak", peak, unit: "quotes/s", report)
                let half = try await ask("\(name)-half", peak.receipts / 2, seconds)
                tell("\(name)_half", half, unit: "quotes/s", p99Goal: Self.quoteMillisGoal, report)
            }
        }
    }

    private static let quoteConnections = 16
    private static let quoteMillisGoal = 10.0

    private func yardsticks(_ report: @Sendable (BenchMeasure) -> Void) async throws {
        report(
            measure(
                "disk_flushes", try BenchYardsticks.flushes(in: configuration.stateFolder, seconds: min(2, seconds)), "1/s"))
        guard let address = home.superuserAddress else { return }
        try await BenchYardsticks.prepare(at: address, scale: 20)
        for clients in [16, 64] {
            guard let rate = try await BenchYardsticks.tpcb(at: address, clients: clients, seconds: Int(max(1, seconds / 2)))
            else { return }
            report(measure("pgbench_tpcb_\(clients)_clients", rate, "tps"))
        }
    }

    private func town() async throws -> BenchTown {
        try await BenchTown.make(
            campaigns: campaigns, shoppers: shoppers, on: home.database, in: .real, configuration.environment)
    }

    private func basket(_ town: BenchTown, _ run: String, isHot: Bool = false) -> BenchBasket {
        BenchBasket(town: town, run: run, soldAt: OutsideWorld.real.now(), isHot: isHot)
    }

    private func rush(
        _ basket: BenchBasket, _ port: Int, rate: Double? = nil, seconds: Double? = nil
    ) async throws -> BenchRush.Outcome {
        try await BenchRush(
            request: basket.request, port: port, connections: connections, seconds: seconds ?? self.seconds, rate: rate
        ).run()
    }

    private func tell(
        _ name: String, _ outcome: BenchRush.Outcome, unit: String = "receipts/s", goal: Double? = nil, p99Goal: Double? = nil,
        _ report: @Sendable (BenchMeasure) -> Void
    ) {
        report(measure(name, outcome.receipts, unit, goal: goal))
        for (label, part) in [("p50", 5_000), ("p99", 9_900), ("p99.9", 9_990)] {
            let goal = label == "p99" ? p99Goal : nil
            report(
                BenchMeasure(
                    bench: "checkout", measure: "\(name)_\(label)", value: outcome.millis(at: part), unit: "ms", goal: goal,
                    isBound: goal != nil))
        }
        for (status, count) in outcome.others.sorted(by: { $0.key < $1.key }) {
            report(measure("\(name)_answered_\(status)", Double(count), "receipts"))
        }
    }

    private func measure(_ name: String, _ value: Double, _ unit: String, goal: Double? = nil) -> BenchMeasure {
        BenchMeasure(bench: "checkout", measure: name, value: value, unit: unit, goal: goal)
    }

    /// What a receipt costs that is written alone, with as many connections to PostgreSQL as the node has.
    private static let oneByOne = {
        var bounds = CommitBounds()
        bounds.batchMax = 1
        bounds.batchesMax = Configuration().connectionsMax
        bounds.waitingMax = 10_000
        return bounds
    }()

    private func served(
        with commits: CommitBounds = CommitBounds(), _ body: @escaping @Sendable (Int) async throws -> Void
    ) async throws {
        let keys = try MasterKeys(configuration, in: .real)
        var settings = NodeSettings(configuration, keys, try ReferenceFiles(in: configuration.contractsFolder))
        settings.commits = commits
        let marketplace = Marketplace(
            home.database, settings, world: .real, logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() },
            readiness: Readiness())
        try await BenchService.run(marketplace, configuration, body)
    }
}

extension Database {
    /// What the planner knows of tables that were filled a moment ago.
    func refreshStatistics() async throws {
        try await transaction(as: Session(role: "tradewind_owner")) { tx in try tx.script("ANALYZE") }
    }
}

package import Kernel
package import Logging
package import Postgres
import ServiceLifecycle
import Synchronization
package import Telemetry

/// Looks at PostgreSQL's health every few seconds and keeps what it saw for `/metrics`, which so never waits for it.
package final class VitalsService: Service {
    static let secondsBetween: Int64 = 10

    private struct Seen {
        var vitals: Vitals
        var at: Instant
        /// The database's clock against this machine's.
        var clockSkewMicros: Int64
    }

    private let database: Database
    private let world: OutsideWorld
    private let logger: Logger
    private let seen = Mutex<Seen?>(nil)
    private let clockMetrics: ClockMetrics
    private let startedAt: Instant

    /// `archive` is where base backups of a private cluster lie.
    package init(
        _ database: Database, _ metrics: Metrics, _ clockMetrics: ClockMetrics, folders: [WatchedFolder], archive: WALArchive?,
        _ world: OutsideWorld, _ logger: Logger
    ) {
        self.database = database
        self.world = world
        self.logger = logger
        self.clockMetrics = clockMetrics
        startedAt = world.now()
        observe(metrics)
        observeArchive(metrics)
        if let archive { observeBackups(of: archive, metrics) }
        metrics.gauges("tradewind_disk_free_bytes", help: "Room on the disk of a folder.") {
            Self.disks(folders) { $0.freeBytes }
        }
        metrics.gauges("tradewind_disk_size_bytes", help: "Size of the disk of a folder.") {
            Self.disks(folders) { $0.sizeBytes }
        }
    }

    package func run() async throws {
        let clock = ClockService(
            name: "vitals", secondsBetween: Self.secondsBetween, logger: logger, metrics: clockMetrics
        ) { [self] in try await look() }
        try await clock.run()
    }

    func look() async throws {
        let before = world.now()
        let vitals = try await database.vitals()
        let skew = ClockSkew(before: before, database: vitals.now, after: world.now())
        seen.withLock { $0 = Seen(vitals: vitals, at: before, clockSkewMicros: skew.micros) }
    }

    private func observe(_ metrics: Metrics) {
        metrics.gauge("tradewind_vitals_age_seconds", help: "Since PostgreSQL's health was last seen; what it shows is as old.") {
            [self] in
            let last = seen.withLock { $0?.at } ?? startedAt
            return Double(world.now().microseconds - last.microseconds) / 1e6
        }
        gauge(metrics, "tradewind_database_clock_skew_seconds", "The database's clock minus this machine's.") {
            Double($0.clockSkewMicros) / 1e6
        }
        gauge(metrics, "tradewind_database_oldest_snapshot_seconds", "Age of the oldest snapshot.") {
            Double($0.vitals.oldestSnapshotMicros) / 1e6
        }
        gauge(metrics, "tradewind_database_transaction_age", "Transactions since the oldest unfrozen row.") {
            Double($0.vitals.transactionAge)
        }
        gauge(metrics, "tradewind_database_lock_waits", "Sessions that wait for a lock.") { Double($0.vitals.lockWaits) }
        gauge(metrics, "tradewind_database_sessions", "Sessions of all programs.") { Double($0.vitals.connections) }
        gauge(metrics, "tradewind_database_sessions_max", "Sessions that PostgreSQL takes.") {
            Double($0.vitals.connectionsMax)
        }
        gauge(metrics, "tradewind_database_size_bytes", "Size of the database.") { Double($0.vitals.databaseBytes) }
        gauge(metrics, "tradewind_replication_standbys", "Standbys that stream.") { Double($0.vitals.standbys) }
        gauge(metrics, "tradewind_replication_lag_bytes", "How far the last standby is behind.") {
            Double($0.vitals.replicationLagBytes)
        }
        gauge(metrics, "tradewind_replication_slot_bytes", "WAL that a slot keeps.") { Double($0.vitals.slotBytes) }
    }

    private func observeArchive(_ metrics: Metrics) {
        gauge(metrics, "tradewind_wal_archive_on", "1 where WAL is archived.") { $0.vitals.archive == nil ? 0 : 1 }
        gauge(metrics, "tradewind_wal_archive_failing", "1 where the last attempt to archive WAL failed.") {
            $0.vitals.archive?.isFailing == true ? 1 : 0
        }
        gauge(metrics, "tradewind_wal_archive_age_seconds", "Since the last segment of WAL went into the archive.") {
            Double($0.vitals.archive?.sinceLastMicros ?? 0) / 1e6
        }
    }

    /// An archive without a base backup has no sample; the alert says so too.
    private func observeBackups(of archive: WALArchive, _ metrics: Metrics) {
        metrics.gauges("tradewind_base_backup_age_seconds", help: "Since the newest base backup was finished.") { [world] in
            BaseBackup.all(in: archive).last.map { newest in
                [("", Double(world.now().microseconds - newest.finishedAt.microseconds) / 1e6)]
            } ?? []
        }
    }

    /// What was never seen has no sample.
    private func gauge(_ metrics: Metrics, _ name: String, _ help: String, _ value: @escaping @Sendable (Seen) -> Double) {
        metrics.gauges(name, help: help) { [self] in
            seen.withLock { seen in seen.map { [("", value($0))] } ?? [] }
        }
    }

    private static func disks(
        _ folders: [WatchedFolder], _ value: (DiskSpace) -> Int64
    ) -> [(labels: String, value: Double)] {
        folders.compactMap { folder in
            DiskSpace(of: folder.path).map { ("folder=\"\(folder.name)\"", Double(value($0))) }
        }
    }
}

/// How far the database's clock is ahead of ours; only what the time of the question cannot explain.
package struct ClockSkew: Sendable {
    package let micros: Int64

    package init(before: Instant, database: Instant, after: Instant) {
        if database < before {
            micros = database.microseconds - before.microseconds
        } else if database > after {
            micros = database.microseconds - after.microseconds
        } else {
            micros = 0
        }
    }
}

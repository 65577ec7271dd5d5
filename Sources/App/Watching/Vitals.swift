package import Kernel
package import Postgres

/// What PostgreSQL says of its own health at one moment. Ages are whole microseconds.
package struct Vitals: Sendable {
    package var now: Instant
    /// Whether the sessions of others were seen too: the login is a member of `pg_monitor`.
    package var seesAll: Bool
    /// The age of the oldest transaction whose snapshot keeps dead rows from being removed; 0 where there is none.
    package var oldestSnapshotMicros: Int64
    /// Transactions since the oldest row that was not frozen; at 2 100 million PostgreSQL stops taking writes.
    package var transactionAge: Int64
    package var lockWaits: Int64
    package var connections: Int64
    package var connectionsMax: Int64
    package var databaseBytes: Int64
    package var archive: Archive?
    package var standbys: Int64
    /// How far the last standby is behind.
    package var replicationLagBytes: Int64
    /// WAL that a slot keeps, whoever reads from it or not.
    package var slotBytes: Int64

    package struct Archive: Sendable {
        /// The last attempt failed: WAL piles up on the data's disk until one succeeds.
        package var isFailing: Bool
        package var archived: Int64
        /// Since the last segment went; nil where none has.
        package var sinceLastMicros: Int64?
    }
}

extension Database {
    /// With the rights of `pg_monitor` where the login has them.
    package func vitals() async throws -> Vitals {
        try await administer(statementTimeoutMillis: 5_000) { tx in
            let seesAll = try tx.one("SELECT pg_has_role(session_user, 'pg_monitor', 'MEMBER')") { row in
                try row.next(Bool.self)
            }
            if seesAll { try tx.script("SET LOCAL ROLE pg_monitor") }
            var vitals = try tx.vitals(seesAll: seesAll)
            vitals.archive = try tx.archiveVitals()
            try tx.addReplication(to: &vitals)
            return vitals
        }
    }
}

extension Transaction {
    fileprivate func vitals(seesAll: Bool) throws -> Vitals {
        try one(
            """
            SELECT clock_timestamp(),
                COALESCE((extract(epoch FROM clock_timestamp() - min(xact_start) FILTER (WHERE backend_xmin IS NOT NULL))
                    * 1000000)::bigint, 0),
                (SELECT max(age(datfrozenxid))::bigint FROM pg_database),
                count(pid) FILTER (WHERE wait_event_type = 'Lock'),
                count(pid),
                current_setting('max_connections')::bigint,
                pg_database_size(current_database())
            FROM pg_stat_activity
            WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
            """
        ) { row in
            Vitals(
                now: try row.next(), seesAll: seesAll, oldestSnapshotMicros: max(0, try row.next()),
                transactionAge: try row.next(), lockWaits: try row.next(), connections: try row.next(),
                connectionsMax: try row.next(), databaseBytes: try row.next(), archive: nil, standbys: 0,
                replicationLagBytes: 0, slotBytes: 0)
        }
    }

    fileprivate func archiveVitals() throws -> Vitals.Archive? {
        try one(
            """
            SELECT current_setting('archive_mode') <> 'off',
                COALESCE(last_failed_time > COALESCE(last_archived_time, '-infinity'), false), archived_count,
                (extract(epoch FROM clock_timestamp() - last_archived_time) * 1000000)::bigint
            FROM pg_stat_archiver
            """
        ) { row in
            guard try row.next(Bool.self) else { return nil }
            return Vitals.Archive(
                isFailing: try row.next(), archived: try row.next(), sinceLastMicros: try row.nextOptional())
        }
    }

    fileprivate func addReplication(to vitals: inout Vitals) throws {
        let (standbys, lag, slots) = try one(
            """
            SELECT (SELECT count(pid) FROM pg_stat_replication WHERE state = 'streaming'),
                COALESCE((
                    SELECT max(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn))::bigint
                    FROM pg_stat_replication
                    WHERE state = 'streaming'
                ), 0),
                COALESCE((
                    SELECT max(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn))::bigint FROM pg_replication_slots
                ), 0)
            """
        ) { row in (try row.next(Int64.self), try row.next(Int64.self), try row.next(Int64.self)) }
        vitals.standbys = standbys
        vitals.replicationLagBytes = max(0, lag)
        vitals.slotBytes = max(0, slots)
    }
}

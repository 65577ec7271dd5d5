package import Kernel
package import Postgres

/// Up to where a follower has seen the changes of profiles: everything that was committed for one snapshot of PostgreSQL.
/// Of no use in another cluster, or in one that was restored to an earlier moment: `origin` tells them apart.
package struct ProfilePosition: Sendable, Hashable {
    /// `pg_snapshot` as text: `xmin:xmax:running,...`.
    package let snapshot: String
    /// The cluster, its timeline and the database.
    package let origin: String

    package init(snapshot: String, origin: String) {
        self.snapshot = snapshot
        self.origin = origin
    }
}

/// What was changed since a position. Each key once, rising.
package struct ProfileChanges: Sendable, Equatable {
    /// Those with other receipts, lists, flags or cards.
    package var shoppers: [Int64] = []
    /// Those of them with other flags or cards.
    package var people: [Int64] = []
    /// Those with other counters of limits.
    package var limits: [Int64] = []
    /// Ordinals.
    package var products: [Int64] = []
    package var categories = false
    package var traits = false
    package var prices = false

    package init() {}

    package var isEmpty: Bool { self == ProfileChanges() }
}

extension Transaction {
    /// The rows that are looked at in one go; a follower that is further behind begins anew.
    package static var profileChangesMax: Int { 100_000 }

    /// Where this transaction stands. In a transaction of `Database.snapshot` all that is read belongs to it.
    package func profilePosition() throws -> ProfilePosition {
        try one(
            """
            SELECT pg_current_snapshot()::text, concat_ws(
                '/', (SELECT system_identifier FROM pg_control_system()),
                left(pg_walfile_name(pg_current_wal_lsn()), 8),
                (SELECT oid FROM pg_database WHERE datname = current_database())
            )
            """
        ) { row in ProfilePosition(snapshot: try row.next(), origin: try row.next()) }
    }

    /// What of these sources was committed after `position` and is visible to this transaction. Nil where that is no longer
    /// known: removed, too much, or of another cluster. Index: the primary key.
    ///
    /// A transaction that was running at `position` and has committed since is found however long it took: its number is
    /// not visible in the snapshot of then, and not below its least running one.
    package func profileChanges(
        _ sources: Set<ProfileSource> = ProfileSource.ofProfiles, of retailer: RetailerID, since position: ProfilePosition
    ) throws -> (changes: ProfileChanges, now: ProfilePosition)? {
        let now = try profilePosition()
        guard now.origin == position.origin, try isKept(position, of: retailer) else { return nil }
        let rows = try query(
            """
            SELECT kind, keys
            FROM profile_change
            WHERE retailer_id = \(retailer) AND xid >= pg_snapshot_xmin(\(position.snapshot)::pg_snapshot)
                AND NOT pg_visible_in_snapshot(xid, \(position.snapshot)::pg_snapshot) AND kind = ANY (\(sources.map(\.rawValue)))
            ORDER BY xid
            LIMIT \(Self.profileChangesMax + 1)
            """
        ) { row in (try row.next(ProfileSource.self), try row.next([Int64].self)) }
        guard rows.count <= Self.profileChangesMax else { return nil }
        return (ProfileChanges(rows), now)
    }

    /// Whether no row was removed that a follower at `position` has not seen. A floor above all transactions there have
    /// been came with a dump from another cluster and means nothing.
    private func isKept(_ position: ProfilePosition, of retailer: RetailerID) throws -> Bool {
        try first(
            """
            SELECT removed_below <= pg_snapshot_xmin(\(position.snapshot)::pg_snapshot)
                OR removed_below > pg_snapshot_xmax(pg_current_snapshot())
            FROM profile_change_floor
            WHERE retailer_id = \(retailer)
            """
        ) { row in try row.next(Bool.self) } ?? true
    }
}

extension ProfileChanges {
    init(_ rows: [(ProfileSource, [Int64])]) {
        var keys: [ProfileSource: Set<Int64>] = [:]
        for (source, changed) in rows { keys[source, default: []].formUnion(changed) }
        people = (keys[.people] ?? []).sorted()
        shoppers = (keys[.shoppers] ?? []).union(people).sorted()
        limits = (keys[.limits] ?? []).sorted()
        products = (keys[.products] ?? []).sorted()
        categories = keys[.categories] != nil
        traits = keys[.traits] != nil
        prices = keys[.prices] != nil
    }
}

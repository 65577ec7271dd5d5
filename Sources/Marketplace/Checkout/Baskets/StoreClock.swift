package import Kernel
package import Postgres

/// A store at a moment: its number, its price zone, what its clock shows, and its business day.
package struct StoreClock: Sendable {
    package let ordinal: Int32
    package let priceZone: ExternalID?
    /// What the clock on the wall shows, as campaigns name their times.
    package let localTime: Instant
    package let businessDay: BusinessDay
    package let asset: Asset
    /// The retailer's.
    package let language: String
}

extension Transaction {
    /// Nil where there is no such store.
    package func storeClock(_ store: ExternalID, of retailer: RetailerID, at instant: Instant) throws -> StoreClock? {
        try foundClocks([(store, instant)], of: retailer).first?.clock
    }

    /// The clocks of those of these stores that are there, by their place.
    func clocksByPlace(
        _ wanted: [(store: ExternalID, at: Instant)], of retailer: RetailerID
    ) throws -> [Int: StoreClock] {
        Dictionary(try foundClocks(wanted, of: retailer).map { (Int($0.place) - 1, $0.clock) }) { first, _ in first }
    }

    /// The clocks of stores that are there, each at its moment.
    func storeClocks(_ wanted: [(store: ExternalID, at: Instant)], of retailer: RetailerID) throws -> [StoreClock] {
        let found = try foundClocks(wanted, of: retailer)
        guard found.count == wanted.count else { throw DatabaseError.rowCount(expected: wanted.count, found: found.count) }
        return found.map(\.clock)
    }

    /// PostgreSQL knows the zones (docs/decisions/0003-time-zones.md). Index: the primary key.
    private func foundClocks(
        _ wanted: [(store: ExternalID, at: Instant)], of retailer: RetailerID
    ) throws -> [(place: Int64, clock: StoreClock)] {
        try query(
            """
            SELECT wanted.place, store.ordinal, store.price_zone_id, wanted.instant AT TIME ZONE store.zone,
                (wanted.instant AT TIME ZONE store.zone - make_interval(mins => policy.day_starts_at_minutes))::date,
                retailer.asset, retailer.language
            FROM unnest(\(wanted.map(\.store)), \(wanted.map(\.at))) WITH ORDINALITY AS wanted (store_id, instant, place)
            JOIN policy ON policy.retailer_id = \(retailer)
            JOIN retailer ON retailer.retailer_id = \(retailer)
            JOIN store ON store.retailer_id = \(retailer) AND store.store_id = wanted.store_id COLLATE "C"
            ORDER BY wanted.place
            """
        ) { row in
            (
                try row.next(),
                StoreClock(
                    ordinal: try row.next(), priceZone: try row.nextOptional(), localTime: try row.next(),
                    businessDay: try row.next(), asset: try row.next(), language: try row.next())
            )
        }
    }
}

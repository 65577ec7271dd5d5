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
}

extension Transaction {
    /// Nil where there is no such store. PostgreSQL knows the zones (docs/decisions/0003-time-zones.md).
    package func storeClock(_ store: ExternalID, of retailer: RetailerID, at instant: Instant) throws -> StoreClock? {
        try first(
            """
            SELECT store.ordinal, store.price_zone_id, \(instant) AT TIME ZONE store.zone,
                (\(instant) AT TIME ZONE store.zone - make_interval(mins => policy.day_starts_at_minutes))::date,
                retailer.asset
            FROM store
            JOIN policy ON policy.retailer_id = \(retailer)
            JOIN retailer ON retailer.retailer_id = \(retailer)
            WHERE store.retailer_id = \(retailer) AND store.store_id = \(store)
            """
        ) { row in
            StoreClock(
                ordinal: try row.next(), priceZone: try row.nextOptional(), localTime: try row.next(),
                businessDay: try row.next(), asset: try row.next())
        }
    }
}

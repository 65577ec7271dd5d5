import EventLog
package import Kernel
import Parties
package import Postgres

extension Transaction {
    /// Makes the catalogue's stores what the items say, in one set-based pass. An unknown price zone becomes one named by
    /// its id; a store in a time zone that PostgreSQL does not know is refused.
    package func upsert(_ stores: [Store], of retailer: RetailerID, at now: Instant) throws -> BatchOutcome {
        var batch = Batch(stores)
        let unknown = try unknownZones(among: Set(stores.compactMap(\.zone)))
        batch.refuse { store in
            guard let zone = store.zone, unknown.contains(zone) else { return nil }
            return FieldProblem(pointer: "/zone", code: "unknown_zone", detail: "Must be an IANA zone, like Europe/Moscow.")
        }
        batch.keepLast(by: \.id)
        let items = batch.items
        guard !items.isEmpty else { return batch.finished(created: 0, changed: 0) }
        try lockOrdinals(.store, of: retailer)
        let stubs = try ensurePriceZones(items.compactMap(\.priceZone), of: retailer)
        let (created, changed) = try write(items, of: retailer, at: now)
        if created + changed > 0 { try noteProfileChange(.prices, of: retailer) }
        return batch.finished(created: created, changed: changed, stubs: stubs)
    }

    /// `pg_timezone_names` reads a file for each zone, so those that are in use are not looked for in it.
    private func unknownZones(among zones: Set<String>) throws -> Set<String> {
        guard !zones.isEmpty else { return [] }
        let known = try query(
            "SELECT DISTINCT zone FROM zone_day WHERE zone = ANY(\(zones.sorted()))", { row in try row.next(String.self) })
        let new = zones.subtracting(known)
        guard !new.isEmpty else { return [] }
        return new.subtracting(
            try query(
                "SELECT name FROM pg_timezone_names WHERE name = ANY(\(new.sorted()))", { row in try row.next(String.self) }))
    }

    /// Under the lock; `stores` are sorted and each is there once. How many were made and how many differed.
    private func write(_ stores: [Store], of retailer: RetailerID, at now: Instant) throws -> (created: Int, changed: Int) {
        try one(
            """
            WITH given AS (
                SELECT line.store_id, line.name, line.region, line.format, line.price_zone_id,
                    COALESCE(line.zone, retailer.zone) AS zone, line.closed_on
                FROM unnest(
                    \(stores.map(\.id)), \(stores.map(\.name)), \(stores.map(\.region)), \(stores.map(\.format)),
                    \(stores.map(\.priceZone)), \(stores.map(\.zone)), \(stores.map(\.closedOn))
                ) AS line (store_id, name, region, format, price_zone_id, zone, closed_on)
                JOIN retailer ON retailer.retailer_id = \(retailer)
            ), made AS (
                INSERT INTO store (
                    retailer_id, store_id, ordinal, name, region, format, price_zone_id, zone, closed_on, updated_at
                )
                SELECT \(retailer), given.store_id, counter.used + row_number() OVER (ORDER BY given.store_id), given.name,
                    given.region, given.format, given.price_zone_id, given.zone, given.closed_on, \(now)
                FROM given
                JOIN ordinal_counter AS counter ON counter.retailer_id = \(retailer) AND counter.kind = 'store'
                WHERE NOT EXISTS (
                    SELECT FROM store WHERE store.retailer_id = \(retailer) AND store.store_id = given.store_id
                )
                RETURNING store_id
            ), numbered AS (
                UPDATE ordinal_counter SET used = used + (SELECT count(*) FROM made)
                WHERE retailer_id = \(retailer) AND kind = 'store' AND EXISTS (SELECT FROM made)
            ), changed AS (
                UPDATE store
                SET name = given.name, region = given.region, format = given.format, price_zone_id = given.price_zone_id,
                    zone = given.zone, closed_on = given.closed_on, is_stub = false, updated_at = \(now)
                FROM given
                WHERE store.retailer_id = \(retailer) AND store.store_id = given.store_id
                    AND (store.name, store.region, store.format, store.price_zone_id, store.zone, store.closed_on, store.is_stub)
                        IS DISTINCT FROM (given.name, given.region, given.format, given.price_zone_id, given.zone,
                            given.closed_on, false)
                RETURNING store.store_id
            )
            SELECT (SELECT count(*) FROM made), (SELECT count(*) FROM changed)
            """
        ) { row in (created: try row.next(Int.self), changed: try row.next(Int.self)) }
    }
}

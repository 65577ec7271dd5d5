import EventLog
package import Kernel
import Parties
package import Postgres

/// The dense numbers of some ids, and which of them had to be made for it.
package struct EnsuredOrdinals: Sendable, Hashable {
    package let ordinals: [ExternalID: Int32]
    /// Stubs: to be reported to the retailer.
    package let created: [ExternalID]

    package init(ordinals: [ExternalID: Int32], created: [ExternalID]) {
        self.ordinals = ordinals
        self.created = created
    }
}

extension Transaction {
    /// The numbers of the stores that are known. Index: the primary key.
    package func storeOrdinals(_ ids: [ExternalID], of retailer: RetailerID) throws -> [ExternalID: Int32] {
        try ordinals(
            of: """
                SELECT store_id, ordinal FROM store WHERE retailer_id = \(retailer) AND store_id = ANY(\(ids))
                """)
    }

    /// The numbers of the products that are known. Index: the primary key.
    package func productOrdinals(_ ids: [ExternalID], of retailer: RetailerID) throws -> [ExternalID: Int32] {
        try ordinals(
            of: """
                SELECT product_id, ordinal FROM product WHERE retailer_id = \(retailer) AND product_id = ANY(\(ids))
                """)
    }

    /// The numbers of these stores; those that nobody has loaded become stubs in the retailer's own zone. Takes no lock
    /// where all are known. Racing transactions give each id one number.
    package func ensureStores(_ ids: [ExternalID], of retailer: RetailerID, at now: Instant) throws -> EnsuredOrdinals {
        var known = try storeOrdinals(ids, of: retailer)
        let missing = Set(ids.filter { known[$0] == nil }).sorted()
        guard !missing.isEmpty else { return EnsuredOrdinals(ordinals: known, created: []) }
        try lockOrdinals(.store, of: retailer)
        let made = try insertStoreStubs(missing, of: retailer, at: now)
        known.merge(try storeOrdinals(missing, of: retailer)) { first, _ in first }
        return EnsuredOrdinals(ordinals: known, created: made)
    }

    /// The numbers of these products; those that nobody has loaded become stubs, as with `ensureStores`.
    package func ensureProducts(_ ids: [ExternalID], of retailer: RetailerID, at now: Instant) throws -> EnsuredOrdinals {
        var known = try productOrdinals(ids, of: retailer)
        let missing = Set(ids.filter { known[$0] == nil }).sorted()
        guard !missing.isEmpty else { return EnsuredOrdinals(ordinals: known, created: []) }
        try lockOrdinals(.product, of: retailer)
        let made = try insertProductStubs(missing, of: retailer, at: now)
        known.merge(try productOrdinals(missing, of: retailer)) { first, _ in first }
        return EnsuredOrdinals(ordinals: known, created: made)
    }

    private func ordinals(of sql: SQL) throws -> [ExternalID: Int32] {
        Dictionary(
            uniqueKeysWithValues: try query(sql) { row in (try row.next(ExternalID.self), try row.next(Int32.self)) })
    }

    /// Under the lock. Those that another transaction made meanwhile are not made again.
    private func insertStoreStubs(_ ids: [ExternalID], of retailer: RetailerID, at now: Instant) throws -> [ExternalID] {
        try query(
            """
            WITH made AS (
                INSERT INTO store (retailer_id, store_id, ordinal, name, zone, is_stub, updated_at)
                SELECT \(retailer), given.store_id, counter.used + row_number() OVER (ORDER BY given.store_id),
                    given.store_id, retailer.zone, true, \(now)
                FROM unnest(\(ids)) AS given (store_id)
                JOIN ordinal_counter AS counter ON counter.retailer_id = \(retailer) AND counter.kind = 'store'
                JOIN retailer ON retailer.retailer_id = \(retailer)
                WHERE NOT EXISTS (
                    SELECT FROM store WHERE store.retailer_id = \(retailer) AND store.store_id = given.store_id
                )
                RETURNING store_id
            ), numbered AS (
                UPDATE ordinal_counter SET used = used + (SELECT count(*) FROM made)
                WHERE retailer_id = \(retailer) AND kind = 'store' AND EXISTS (SELECT FROM made)
            )
            SELECT store_id FROM made ORDER BY store_id
            """
        ) { row in try row.next() }
    }

    private func insertProductStubs(_ ids: [ExternalID], of retailer: RetailerID, at now: Instant) throws -> [ExternalID] {
        try query(
            """
            WITH made AS (
                INSERT INTO product (retailer_id, product_id, ordinal, name, is_stub, updated_at)
                SELECT \(retailer), given.product_id, counter.used + row_number() OVER (ORDER BY given.product_id),
                    given.product_id, true, \(now)
                FROM unnest(\(ids)) AS given (product_id)
                JOIN ordinal_counter AS counter ON counter.retailer_id = \(retailer) AND counter.kind = 'product'
                WHERE NOT EXISTS (
                    SELECT FROM product WHERE product.retailer_id = \(retailer) AND product.product_id = given.product_id
                )
                RETURNING product_id, ordinal
            ), numbered AS (
                UPDATE ordinal_counter SET used = used + (SELECT count(*) FROM made)
                WHERE retailer_id = \(retailer) AND kind = 'product' AND EXISTS (SELECT FROM made)
            ), \(fragment: .noted(.products, of: retailer, keys: "SELECT ordinal::bigint FROM made"))
            SELECT product_id FROM made ORDER BY product_id
            """
        ) { row in try row.next() }
    }
}

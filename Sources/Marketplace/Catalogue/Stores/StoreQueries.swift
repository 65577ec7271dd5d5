package import Kernel
package import Postgres

extension Transaction {
    package func store(_ id: ExternalID, of retailer: RetailerID) throws -> StoredStore? {
        try first(
            """
            SELECT store_id, name, region, format, price_zone_id, zone, closed_on, ordinal, is_stub, updated_at
            FROM store
            WHERE retailer_id = \(retailer) AND store_id = \(id)
            """, { row in try StoredStore(row: &row) })
    }

    package func stores(
        of retailer: RetailerID, stub: Bool? = nil, after id: ExternalID? = nil, limit: Int
    ) throws -> [StoredStore] {
        try query(
            """
            SELECT store_id, name, region, format, price_zone_id, zone, closed_on, ordinal, is_stub, updated_at
            FROM store
            WHERE retailer_id = \(retailer) AND (\(id)::text IS NULL OR store_id > \(id))
                AND (\(stub)::boolean IS NULL OR is_stub = \(stub))
            ORDER BY store_id
            LIMIT \(limit)
            """, { row in try StoredStore(row: &row) })
    }
}

extension StoredStore {
    init(row: inout Row) throws {
        store = Store(
            id: try row.next(), name: try row.next(), region: try row.next(), format: try row.next(),
            priceZone: try row.nextOptional(), zone: try row.next(), closedOn: try row.nextOptional())
        ordinal = try row.next()
        isStub = try row.next()
        updatedAt = try row.next()
    }
}

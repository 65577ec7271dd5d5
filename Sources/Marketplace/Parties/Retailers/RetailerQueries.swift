package import Kernel
package import Postgres

extension Transaction {
    func insert(_ retailer: Retailer) throws {
        try pipeline([
            """
            INSERT INTO retailer (retailer_id, name, asset, minor_exponent, zone, language, created_at)
            VALUES (
                \(retailer.id), \(retailer.name), \(retailer.asset), \(retailer.minorExponent), \(retailer.zone),
                \(retailer.language), \(retailer.createdAt)
            )
            """,
            "INSERT INTO policy (retailer_id) VALUES (\(retailer.id))",
            "INSERT INTO log_head (retailer_id) VALUES (\(retailer.id))",
        ])
    }

    package func retailer(_ id: RetailerID) throws -> Retailer? {
        try first(
            """
            SELECT retailer_id, name, asset, minor_exponent, zone, language, created_at
            FROM retailer
            WHERE retailer_id = \(id)
            """, { row in try Retailer(row: &row) })
    }

    func retailers(after id: RetailerID?, limit: Int) throws -> [Retailer] {
        try query(
            """
            SELECT retailer_id, name, asset, minor_exponent, zone, language, created_at
            FROM retailer
            WHERE \(id)::uuid IS NULL OR retailer_id > \(id)
            ORDER BY retailer_id
            LIMIT \(limit)
            """, { row in try Retailer(row: &row) })
    }

    /// Whether PostgreSQL knows a time zone; the program knows none (docs/decisions/0003-time-zones.md).
    package func knowsZone(_ name: String) throws -> Bool {
        try one("SELECT EXISTS (SELECT FROM pg_timezone_names WHERE name = \(name))") { row in try row.next() }
    }
}

extension Retailer {
    init(row: inout Row) throws {
        id = try row.next()
        name = try row.next()
        asset = try row.next()
        minorExponent = try row.next()
        zone = try row.next()
        language = try row.next()
        createdAt = try row.next()
    }
}

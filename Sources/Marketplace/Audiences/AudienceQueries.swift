import JSONText
package import Kernel
package import Postgres
import Tenancy

extension Transaction {
    /// One audience at its newest version, archived or not.
    package func audience(_ id: AudienceID, of retailer: RetailerID) throws -> Audience? {
        try first(
            """
            SELECT audience.audience_id, audience.supplier_id, audience.name, audience.version, version.predicate,
                audience.created_at, audience.archived_at
            FROM audience
            JOIN audience_version AS version ON version.retailer_id = audience.retailer_id
                AND version.audience_id = audience.audience_id AND version.version = audience.version
            WHERE audience.retailer_id = \(retailer) AND audience.audience_id = \(id)
            """, { row in try Audience(row: &row) })
    }

    /// What an audience meant at a version.
    package func predicate(of id: AudienceID, version: Int64, at retailer: RetailerID) throws -> Predicate? {
        try first(
            """
            SELECT predicate
            FROM audience_version
            WHERE retailer_id = \(retailer) AND audience_id = \(id) AND version = \(version)
            """
        ) { row in try Predicate(stored: row.next()) }
    }

    func audiences(of retailer: RetailerID, after id: AudienceID?, limit: Int) throws -> [Audience] {
        try query(
            """
            SELECT audience.audience_id, audience.supplier_id, audience.name, audience.version, version.predicate,
                audience.created_at, audience.archived_at
            FROM audience
            JOIN audience_version AS version ON version.retailer_id = audience.retailer_id
                AND version.audience_id = audience.audience_id AND version.version = audience.version
            WHERE audience.retailer_id = \(retailer) AND audience.archived_at IS NULL
                AND (\(id)::uuid IS NULL OR audience.audience_id > \(id))
            ORDER BY audience.audience_id
            LIMIT \(limit)
            """, { row in try Audience(row: &row) })
    }

    /// Holds an audience until the commit.
    func lockAudience(_ id: AudienceID, of retailer: RetailerID) throws {
        try execute(
            "SELECT FROM audience WHERE retailer_id = \(retailer) AND audience_id = \(id) FOR UPDATE")
    }

    func insert(_ audience: Audience, of retailer: RetailerID) throws {
        try execute(
            """
            INSERT INTO audience (retailer_id, audience_id, supplier_id, name, version, created_at)
            VALUES (
                \(retailer), \(audience.id), \(audience.supplier), \(audience.name), \(audience.version), \(audience.createdAt)
            )
            """)
    }

    func update(_ audience: Audience, of retailer: RetailerID) throws {
        try execute(
            """
            UPDATE audience
            SET name = \(audience.name), version = \(audience.version), archived_at = \(audience.archivedAt)
            WHERE retailer_id = \(retailer) AND audience_id = \(audience.id)
            """)
    }

    func insertVersion(of audience: Audience, at retailer: RetailerID, by principal: Principal, _ now: Instant) throws {
        try execute(
            """
            INSERT INTO audience_version (
                retailer_id, audience_id, version, predicate, created_by_person, created_by_key, created_at
            )
            VALUES (
                \(retailer), \(audience.id), \(audience.version), \(JSONB(audience.predicate.jsonBytes)),
                \(principal.person), \(principal.key), \(now)
            )
            """)
    }
}

extension Audience {
    fileprivate init(row: inout Row) throws {
        id = try row.next()
        supplier = try row.nextOptional()
        name = try row.next()
        version = try row.next()
        predicate = try Predicate(stored: row.next())
        createdAt = try row.next()
        archivedAt = try row.nextOptional()
    }
}

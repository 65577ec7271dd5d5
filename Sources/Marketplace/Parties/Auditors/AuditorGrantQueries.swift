import Kernel
import Postgres
import Tenancy

extension Transaction {
    func insert(_ grant: AuditorGrant, at retailer: RetailerID) throws {
        try execute(
            """
            INSERT INTO auditor_grant (
                retailer_id, auditor_grant_id, agreement_id, supplier_id, name, reason, created_at, expires_at,
                retailer_person, retailer_granted_at, supplier_person, supplier_granted_at
            )
            VALUES (
                \(retailer), \(grant.id), \(grant.agreement), \(grant.supplier), \(grant.name), \(grant.reason),
                \(grant.createdAt), \(grant.expiresAt), \(grant.byRetailer?.person), \(grant.byRetailer?.at),
                \(grant.bySupplier?.person), \(grant.bySupplier?.at)
            )
            """)
    }

    func update(_ grant: AuditorGrant, at retailer: RetailerID) throws {
        try execute(
            """
            UPDATE auditor_grant
            SET retailer_person = \(grant.byRetailer?.person), retailer_granted_at = \(grant.byRetailer?.at),
                supplier_person = \(grant.bySupplier?.person), supplier_granted_at = \(grant.bySupplier?.at),
                key_id = \(grant.key), revoked_at = \(grant.revokedAt)
            WHERE retailer_id = \(retailer) AND auditor_grant_id = \(grant.id)
            """)
    }

    /// A retailer's; a supplier sees its own.
    func grants(at retailer: RetailerID, after id: AuditorGrantID?, limit: Int) throws -> [AuditorGrant] {
        try query(
            """
            SELECT \(fragment: AuditorGrant.columns)
            FROM auditor_grant
            WHERE retailer_id = \(retailer) AND (\(id)::uuid IS NULL OR auditor_grant_id > \(id))
            ORDER BY auditor_grant_id
            LIMIT \(limit)
            """, { row in try AuditorGrant(row: &row) })
    }

    func lockGrant(_ id: AuditorGrantID, at retailer: RetailerID) throws -> AuditorGrant? {
        try first(
            """
            SELECT \(fragment: AuditorGrant.columns)
            FROM auditor_grant
            WHERE retailer_id = \(retailer) AND auditor_grant_id = \(id)
            FOR UPDATE
            """, { row in try AuditorGrant(row: &row) })
    }
}

extension AuditorGrant {
    fileprivate static let columns: SQL = """
        auditor_grant_id, agreement_id, supplier_id, name, reason, created_at, expires_at, retailer_person,
            retailer_granted_at, supplier_person, supplier_granted_at, key_id, revoked_at
        """

    fileprivate init(row: inout Row) throws {
        id = try row.next()
        agreement = try row.next()
        supplier = try row.next()
        name = try row.next()
        reason = try row.next()
        createdAt = try row.next()
        expiresAt = try row.next()
        byRetailer = try Consent(row: &row)
        bySupplier = try Consent(row: &row)
        key = try row.nextOptional()
        revokedAt = try row.nextOptional()
    }
}

extension AuditorGrant.Consent {
    fileprivate init?(row: inout Row) throws {
        let person = try row.nextOptional(PersonID.self)
        let at = try row.nextOptional(Instant.self)
        guard let person, let at else { return nil }
        self.init(person: person, at: at)
    }
}

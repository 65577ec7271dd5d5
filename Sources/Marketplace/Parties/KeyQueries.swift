import Kernel
import Postgres
import Tenancy

extension Transaction {
    func insert(_ issued: IssuedKey, by author: KeyID?) throws {
        let key = issued.key
        try execute(
            """
            INSERT INTO api_key (
                key_id, organisation_kind, organisation_id, person_id, name, roles, store_ids, secret_hash, created_at,
                created_by, expires_at
            )
            VALUES (
                \(key.id), \(key.organisationKind), \(key.organisationID), \(key.person), \(key.name), \(key.roles),
                \(key.stores), \(Bytes(issued.token.secretHash)), \(key.createdAt), \(author), \(key.expiresAt)
            )
            """)
    }

    func keys(of organisation: Organisation, after id: KeyID?, limit: Int) throws -> [APIKey] {
        try query(
            """
            SELECT key_id, organisation_kind, organisation_id, person_id, name, roles, store_ids, created_at, expires_at,
                revoked_at, last_used_at
            FROM api_key
            WHERE organisation_kind = \(organisation.kind) AND organisation_id = \(organisation.id)
                AND (\(id)::uuid IS NULL OR key_id > \(id))
            ORDER BY key_id
            LIMIT \(limit)
            """, { row in try APIKey(row: &row) })
    }

    /// The key, locked for a change.
    func lockKey(_ id: KeyID, of organisation: Organisation) throws -> APIKey? {
        try first(
            """
            SELECT key_id, organisation_kind, organisation_id, person_id, name, roles, store_ids, created_at, expires_at,
                revoked_at, last_used_at
            FROM api_key
            WHERE organisation_kind = \(organisation.kind) AND organisation_id = \(organisation.id) AND key_id = \(id)
            FOR UPDATE
            """, { row in try APIKey(row: &row) })
    }

    func revokeKey(_ id: KeyID, at now: Instant) throws {
        try execute("UPDATE api_key SET revoked_at = \(now) WHERE key_id = \(id) AND revoked_at IS NULL")
    }

    /// What the authenticator needs of a key, in one look: the key, and whether a supplier works with the retailer.
    func credential(_ id: KeyID, at retailer: RetailerID?) throws -> Credential? {
        try first(
            """
            SELECT secret_hash, organisation_kind, organisation_id, person_id, roles, store_ids, expires_at, revoked_at,
                last_used_at, EXISTS (
                    SELECT FROM agreement
                    WHERE agreement.retailer_id = \(retailer) AND agreement.supplier_id = api_key.organisation_id
                        AND agreement.state <> 'draft'
                )
            FROM api_key
            WHERE key_id = \(id)
            """
        ) { row in
            Credential(
                secretHash: try row.next(Bytes.self).array, organisationKind: try row.next(), organisationID: try row.next(),
                person: try row.nextOptional(), roles: try row.next(), stores: try row.nextOptional(),
                expiresAt: try row.nextOptional(), revokedAt: try row.nextOptional(), lastUsedAt: try row.nextOptional(),
                worksWithRetailer: try row.next())
        }
    }

    func touchKey(_ id: KeyID, at now: Instant) throws {
        try execute("UPDATE api_key SET last_used_at = \(now) WHERE key_id = \(id)")
    }
}

/// A key as the authenticator reads it.
struct Credential: Sendable {
    let secretHash: [UInt8]
    let organisationKind: String
    let organisationID: Identifier
    let person: PersonID?
    let roles: [String]
    let stores: [ExternalID]?
    let expiresAt: Instant?
    let revokedAt: Instant?
    let lastUsedAt: Instant?
    let worksWithRetailer: Bool
}

extension APIKey {
    init(row: inout Row) throws {
        id = try row.next()
        organisationKind = try row.next()
        organisationID = try row.next()
        person = try row.nextOptional()
        name = try row.next()
        roles = try row.next()
        stores = try row.nextOptional()
        createdAt = try row.next()
        expiresAt = try row.nextOptional()
        revokedAt = try row.nextOptional()
        lastUsedAt = try row.nextOptional()
    }
}

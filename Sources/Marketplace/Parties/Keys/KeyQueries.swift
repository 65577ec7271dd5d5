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

    func keys(
        of organisation: Organisation, _ filter: KeyFilter, at now: Instant, after id: KeyID?, limit: Int
    ) throws -> [APIKey] {
        let (state, owner) = (filter.state?.rawValue, filter.owner?.rawValue)
        return try query(
            """
            SELECT \(fragment: APIKey.columns)
            FROM api_key
            WHERE organisation_kind = \(organisation.kind) AND organisation_id = \(organisation.id)
                AND (\(state)::text IS NULL OR \(state) = CASE
                    WHEN revoked_at IS NOT NULL THEN 'revoked' WHEN expires_at <= \(now) THEN 'expired' ELSE 'active' END)
                AND (\(owner)::text IS NULL OR (person_id IS NULL) = (\(owner) = 'service'))
                AND (\(filter.person)::uuid IS NULL OR person_id = \(filter.person))
                AND (\(filter.role)::text IS NULL OR \(filter.role) = ANY (roles))
                AND (\(id)::uuid IS NULL OR key_id > \(id))
            ORDER BY key_id
            LIMIT \(limit)
            """, { row in try APIKey(row: &row) })
    }

    /// The key, locked for a change.
    func lockKey(_ id: KeyID, of organisation: Organisation) throws -> APIKey? {
        try first(
            """
            SELECT \(fragment: APIKey.columns)
            FROM api_key
            WHERE organisation_kind = \(organisation.kind) AND organisation_id = \(organisation.id) AND key_id = \(id)
            FOR UPDATE
            """, { row in try APIKey(row: &row) })
    }

    func revokeKey(_ id: KeyID, at now: Instant) throws {
        try execute("UPDATE api_key SET revoked_at = \(now) WHERE key_id = \(id) AND revoked_at IS NULL")
    }

    /// The key ends, and another stands in its place.
    func replaceKey(_ key: APIKey) throws {
        try execute(
            """
            UPDATE api_key
            SET expires_at = \(key.expiresAt), revoked_at = \(key.revokedAt), replaced_by = \(key.replacedBy)
            WHERE key_id = \(key.id)
            """)
    }
}

extension APIKey {
    static let columns: SQL = """
        key_id, organisation_kind, organisation_id, person_id, name, roles, store_ids, created_at, expires_at, revoked_at,
            last_used_at, replaced_by
        """

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
        replacedBy = try row.nextOptional()
    }
}

import Kernel
import Postgres
import Tenancy

/// A key, or a session of it, as the authenticator reads it.
struct Credential: Sendable {
    let key: KeyID
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
    let mandate: AuditorMandate?
}

/// A key, and the retailer at which its bearer wants to act.
struct KeyQuestion: Sendable, Hashable {
    let key: KeyID
    let retailer: RetailerID?
}

extension Transaction {
    /// What the authenticator needs of keys, in one look: the key, whether a supplier works with the retailer, and what an
    /// auditor may see. Those that are not there are not in it.
    func credentials(of asked: [KeyQuestion]) throws -> [KeyQuestion: Credential] {
        let found = try query(
            """
            SELECT asked.place, api_key.key_id, api_key.secret_hash, api_key.organisation_kind, api_key.organisation_id,
                api_key.person_id, api_key.roles, api_key.store_ids, api_key.expires_at,
                COALESCE(api_key.revoked_at, auditor_grant.revoked_at), api_key.last_used_at,
                \(fragment: worksWith("asked.retailer_id")), auditor_grant.retailer_id, auditor_grant.supplier_id,
                auditor_grant.agreement_id
            FROM unnest(\(asked.map(\.key)), \(asked.map(\.retailer))) WITH ORDINALITY AS asked (key_id, retailer_id, place)
            JOIN api_key ON api_key.key_id = asked.key_id
            LEFT JOIN auditor_grant
                ON api_key.organisation_kind = 'auditor' AND auditor_grant.auditor_grant_id = api_key.organisation_id
            """
        ) { row in (asked[try row.next(Int.self) - 1], try Credential(row: &row)) }
        return Dictionary(found) { first, _ in first }
    }

    /// A session is its key with a secret, roles and an end of its own: it ends with its key.
    func credential(_ id: SessionID, at retailer: RetailerID?) throws -> Credential? {
        try first(
            """
            SELECT api_key.key_id, session.secret_hash, api_key.organisation_kind, api_key.organisation_id, api_key.person_id,
                session.roles, api_key.store_ids, LEAST(session.expires_at, api_key.expires_at),
                COALESCE(session.revoked_at, api_key.revoked_at), api_key.last_used_at, \(fragment: worksWith("\(retailer)")),
                NULL::uuid, NULL::uuid, NULL::uuid
            FROM session
            JOIN api_key ON api_key.key_id = session.key_id
            WHERE session.session_id = \(id)
            """, { row in try Credential(row: &row) })
    }

    private func worksWith(_ retailer: SQL) -> SQL {
        """
        EXISTS (
            SELECT FROM agreement
            WHERE agreement.retailer_id = \(fragment: retailer) AND agreement.supplier_id = api_key.organisation_id
                AND agreement.state <> 'draft'
        )
        """
    }

    /// Of many requests at once one writes; the others do not wait for it.
    func touchKey(_ id: KeyID, at now: Instant) throws {
        let before = now.adding(seconds: -Authenticator.lastUsedResolutionSeconds)
        try execute(
            """
            UPDATE api_key
            SET last_used_at = \(now)
            WHERE key_id = (
                SELECT key_id
                FROM api_key
                WHERE key_id = \(id) AND (last_used_at IS NULL OR last_used_at < \(before))
                FOR UPDATE SKIP LOCKED
            )
            """)
    }
}

extension Credential {
    init(row: inout Row) throws {
        key = try row.next()
        secretHash = try row.next(Bytes.self).array
        organisationKind = try row.next()
        organisationID = try row.next()
        person = try row.nextOptional()
        roles = try row.next()
        stores = try row.nextOptional()
        expiresAt = try row.nextOptional()
        revokedAt = try row.nextOptional()
        lastUsedAt = try row.nextOptional()
        worksWithRetailer = try row.next()
        let retailer = try row.nextOptional(RetailerID.self)
        let supplier = try row.nextOptional(SupplierID.self)
        let agreement = try row.nextOptional(Identifier.self)
        if let retailer, let supplier, let agreement {
            mandate = AuditorMandate(grant: organisationID, retailer: retailer, supplier: supplier, agreement: agreement)
        } else {
            mandate = nil
        }
    }

    func isValid(at now: Instant) -> Bool { revokedAt == nil && expiresAt.map { now < $0 } ?? true }

    func wantsTouch(at now: Instant) -> Bool {
        lastUsedAt.map { $0.adding(seconds: Authenticator.lastUsedResolutionSeconds) < now } ?? true
    }

    /// Nil where the row names a role that this program does not know: then the key opens nothing.
    var organisation: Organisation? {
        switch organisationKind {
        case "platform": .platform
        case "retailer": .retailer(RetailerID(organisationID), Set(roles.compactMap(RetailerRole.init)))
        case "supplier": .supplier(SupplierID(organisationID), Set(roles.compactMap(SupplierRole.init)))
        case "auditor": mandate.map(Organisation.auditor)
        default: nil
        }
    }
}

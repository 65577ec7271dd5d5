import Kernel
import Postgres
import Tenancy

extension Transaction {
    func insert(_ issued: IssuedInvitation, by key: KeyID) throws {
        let invitation = issued.invitation
        try execute(
            """
            INSERT INTO invitation (
                invitation_id, organisation_kind, organisation_id, display_name, roles, person_id, secret_hash, created_at,
                created_by_person, created_by_key, expires_at
            )
            VALUES (
                \(invitation.id), \(invitation.organisationKind), \(invitation.organisationID), \(invitation.displayName),
                \(invitation.roles), \(invitation.person), \(Bytes(issued.token.secretHash)), \(invitation.createdAt),
                \(invitation.createdBy), \(key), \(invitation.expiresAt)
            )
            """)
    }

    func invitations(
        to organisation: Organisation, isOpen: Bool?, at now: Instant, after id: InvitationID?, limit: Int
    ) throws -> [Invitation] {
        try query(
            """
            SELECT \(fragment: Invitation.columns)
            FROM invitation
            WHERE organisation_kind = \(organisation.kind) AND organisation_id = \(organisation.id)
                AND (\(isOpen)::boolean IS NULL
                    OR (revoked_at IS NULL AND accepted_at IS NULL AND expires_at > \(now)) = \(isOpen))
                AND (\(id)::uuid IS NULL OR invitation_id > \(id))
            ORDER BY invitation_id
            LIMIT \(limit)
            """, { row in try Invitation(row: &row) })
    }

    /// One of an organisation's, locked for a change.
    func lockInvitation(_ id: InvitationID, to organisation: Organisation) throws -> Invitation? {
        try first(
            """
            SELECT \(fragment: Invitation.columns)
            FROM invitation
            WHERE organisation_kind = \(organisation.kind) AND organisation_id = \(organisation.id)
                AND invitation_id = \(id)
            FOR UPDATE
            """, { row in try Invitation(row: &row) })
    }

    /// For whoever holds its token: it and the hash of its secret, locked, so that of many who accept it one does.
    func lockInvitation(_ id: InvitationID) throws -> (Invitation, [UInt8])? {
        try first(
            """
            SELECT \(fragment: Invitation.columns), secret_hash
            FROM invitation
            WHERE invitation_id = \(id)
            FOR UPDATE
            """, { row in (try Invitation(row: &row), try row.next(Bytes.self).array) })
    }

    func accept(_ invitation: Invitation) throws {
        try execute(
            """
            UPDATE invitation
            SET accepted_at = \(invitation.acceptedAt), accepted_by = \(invitation.acceptedBy)
            WHERE invitation_id = \(invitation.id)
            """)
    }

    func revokeInvitation(_ id: InvitationID, at now: Instant) throws {
        try execute("UPDATE invitation SET revoked_at = \(now) WHERE invitation_id = \(id)")
    }

    /// Takes back what a person has asked others and nobody has answered.
    func revokeInvitations(by person: PersonID, in organisation: Organisation, at now: Instant) throws -> [InvitationID] {
        try query(
            """
            UPDATE invitation
            SET revoked_at = \(now)
            WHERE organisation_kind = \(organisation.kind) AND organisation_id = \(organisation.id)
                AND created_by_person = \(person) AND revoked_at IS NULL AND accepted_at IS NULL
            RETURNING invitation_id
            """, { row in try row.next() })
    }

    /// The person behind a key that is valid now, and the hash of the key's secret.
    func keyHolder(_ id: KeyID, at now: Instant) throws -> (Person, [UInt8])? {
        try first(
            """
            SELECT person.person_id, person.display_name, person.external_id, person.created_at, api_key.secret_hash
            FROM api_key
            JOIN person ON person.person_id = api_key.person_id
            WHERE api_key.key_id = \(id) AND api_key.revoked_at IS NULL
                AND (api_key.expires_at IS NULL OR api_key.expires_at > \(now))
            """, { row in (try Person(row: &row), try row.next(Bytes.self).array) })
    }
}

extension Invitation {
    fileprivate static let columns: SQL = """
        invitation_id, organisation_kind, organisation_id, display_name, roles, person_id, created_at, created_by_person,
            expires_at, revoked_at, accepted_at, accepted_by
        """

    fileprivate init(row: inout Row) throws {
        id = try row.next()
        organisationKind = try row.next()
        organisationID = try row.next()
        displayName = try row.next()
        roles = try row.next()
        person = try row.nextOptional()
        createdAt = try row.next()
        createdBy = try row.next()
        expiresAt = try row.next()
        revokedAt = try row.nextOptional()
        acceptedAt = try row.nextOptional()
        acceptedBy = try row.nextOptional()
    }
}

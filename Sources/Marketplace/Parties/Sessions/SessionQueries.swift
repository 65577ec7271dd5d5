import Kernel
import Postgres
import Tenancy

extension Transaction {
    func insert(_ opened: OpenedSession) throws {
        let session = opened.session
        try execute(
            """
            INSERT INTO session (
                session_id, key_id, organisation_kind, organisation_id, person_id, roles, secret_hash, created_at, expires_at
            )
            VALUES (
                \(session.id), \(session.key), \(session.organisationKind), \(session.organisationID), \(session.person),
                \(session.roles), \(Bytes(opened.token.secretHash)), \(session.createdAt), \(session.expiresAt)
            )
            """)
    }

    /// An organisation's sessions that are open; of one person only, where that is given.
    func sessions(
        of organisation: Organisation, person: PersonID?, at now: Instant, after id: SessionID?, limit: Int
    ) throws -> [WorkSession] {
        try query(
            """
            SELECT \(fragment: WorkSession.columns)
            FROM session
            WHERE organisation_kind = \(organisation.kind) AND organisation_id = \(organisation.id)
                AND (\(person)::uuid IS NULL OR person_id = \(person))
                AND revoked_at IS NULL AND expires_at > \(now)
                AND NOT EXISTS (
                    SELECT FROM api_key WHERE api_key.key_id = session.key_id AND api_key.revoked_at IS NOT NULL)
                AND (\(id)::uuid IS NULL OR session_id > \(id))
            ORDER BY session_id
            LIMIT \(limit)
            """, { row in try WorkSession(row: &row) })
    }

    func lockSession(_ id: SessionID, of organisation: Organisation) throws -> WorkSession? {
        try first(
            """
            SELECT \(fragment: WorkSession.columns)
            FROM session
            WHERE organisation_kind = \(organisation.kind) AND organisation_id = \(organisation.id) AND session_id = \(id)
            FOR UPDATE
            """, { row in try WorkSession(row: &row) })
    }

    func openSessions(of key: KeyID, at now: Instant) throws -> Int {
        try one(
            """
            SELECT count(*)
            FROM session
            WHERE key_id = \(key) AND revoked_at IS NULL AND expires_at > \(now)
            """, { row in try row.next(Int.self) })
    }

    /// What has ended opens nothing any more; the audit remembers that it was.
    func forgetSessions(of key: KeyID, endedBefore now: Instant) throws {
        try execute("DELETE FROM session WHERE key_id = \(key) AND expires_at <= \(now)")
    }

    func revokeSession(_ id: SessionID, at now: Instant) throws {
        try execute("UPDATE session SET revoked_at = \(now) WHERE session_id = \(id)")
    }
}

extension WorkSession {
    fileprivate static let columns: SQL = """
        session_id, key_id, organisation_kind, organisation_id, person_id, roles, created_at, expires_at, revoked_at
        """

    fileprivate init(row: inout Row) throws {
        id = try row.next()
        key = try row.next()
        organisationKind = try row.next()
        organisationID = try row.next()
        person = try row.next()
        roles = try row.next()
        createdAt = try row.next()
        expiresAt = try row.next()
        revokedAt = try row.nextOptional()
    }
}

import EventLog
import HTTPSupport
package import Kernel
package import Postgres
import Tenancy

/// The platform's first administrator, made on the machine itself, once. Whoever has lost the key recovers on the machine
/// too: another key is made and the lost one, with every key that took its place, ends.
package struct BootstrapPlatform: Sendable {
    let name: String
    /// Makes a person of this name, who may invite and confirm; without one the key is a service's.
    let personName: String?
    let recovers: Bool

    package init(name: String, personName: String?, recovers: Bool) {
        self.name = name
        self.personName = personName
        self.recovers = recovers
    }

    package enum Refusal: Error, CustomStringConvertible {
        case done(at: Instant)
        case neverDone

        package var description: String {
            switch self {
            case .done(let instant):
                "the first key was made at \(instant); it makes all others (POST /v1/platform/keys). "
                    + "If it is lost: tradewind keys bootstrap --recover"
            case .neverDone: "there is nothing to recover: no first key was ever made"
            }
        }
    }

    package func run(
        in tx: borrowing Transaction, by author: Author, _ environment: KeyToken.Environment
    ) throws -> IssuedKey {
        let now = author.world.now()
        // One at a time, also before there is a row to lock.
        try tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('bootstrap', 0))")
        let done = try tx.bootstrap()
        if recovers {
            guard let done else { throw Refusal.neverDone }
            try end(done.key, in: tx, by: author, at: now)
        } else if let done {
            throw Refusal.done(at: done.at)
        }
        let person = try personName.map { try makePerson($0, in: tx, by: author, at: now) }
        let issued = try IssueKey(name: name, organisation: .platform, person: person).run(in: tx, by: author, environment)
        try tx.recordBootstrap(issued.key.id, at: now)
        return issued
    }

    private func end(_ key: KeyID, in tx: borrowing Transaction, by author: Author, at now: Instant) throws {
        for lost in try tx.revokeKeyAndSuccessors(key, at: now) {
            try tx.audit(author, "key.revoked", about: EventSubject(lost), reason: "Recovered on the machine.")
        }
    }

    private func makePerson(
        _ name: String, in tx: borrowing Transaction, by author: Author, at now: Instant
    ) throws -> PersonID {
        let person = Person(id: author.world.newID(), displayName: name, externalID: nil, createdAt: now)
        let membership = Membership(
            person: person, organisationKind: Organisation.platform.kind, organisationID: Organisation.platform.id,
            roles: Organisation.platform.roleNames, createdAt: now, endedAt: nil)
        try tx.insert(person)
        try tx.put(membership)
        try tx.audit(author, "person.created", about: EventSubject(person.id), after: person)
        try tx.audit(author, "membership.given", about: EventSubject(person.id), after: membership)
        return person.id
    }
}

extension Transaction {
    fileprivate func bootstrap() throws -> (key: KeyID, at: Instant)? {
        try first("SELECT key_id, done_at FROM bootstrap", { row in (try row.next(), try row.next()) })
    }

    fileprivate func recordBootstrap(_ key: KeyID, at now: Instant) throws {
        try execute(
            """
            INSERT INTO bootstrap (key_id, done_at)
            VALUES (\(key), \(now))
            ON CONFLICT (is_done) DO UPDATE SET key_id = EXCLUDED.key_id, recovered_at = EXCLUDED.done_at
            """)
    }

    fileprivate func revokeKeyAndSuccessors(_ key: KeyID, at now: Instant) throws -> [KeyID] {
        try query(
            """
            WITH RECURSIVE line AS (
                SELECT key_id, replaced_by FROM api_key WHERE key_id = \(key)
                UNION
                SELECT api_key.key_id, api_key.replaced_by
                FROM api_key
                JOIN line ON line.replaced_by = api_key.key_id
            )
            UPDATE api_key
            SET revoked_at = \(now)
            FROM line
            WHERE api_key.key_id = line.key_id AND api_key.revoked_at IS NULL
            RETURNING api_key.key_id
            """, { row in try row.next() })
    }
}

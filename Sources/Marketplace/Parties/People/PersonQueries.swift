import Kernel
import Postgres
import Tenancy

extension Transaction {
    func insert(_ person: Person) throws {
        try execute(
            """
            INSERT INTO person (person_id, display_name, external_id, created_at)
            VALUES (\(person.id), \(person.displayName), \(person.externalID), \(person.createdAt))
            """)
    }

    func person(_ id: PersonID) throws -> Person? {
        try first(
            "SELECT person_id, display_name, external_id, created_at FROM person WHERE person_id = \(id)",
            { row in try Person(row: &row) })
    }

    func persons(after id: PersonID?, limit: Int) throws -> [Person] {
        try query(
            """
            SELECT person_id, display_name, external_id, created_at
            FROM person
            WHERE \(id)::uuid IS NULL OR person_id > \(id)
            ORDER BY person_id
            LIMIT \(limit)
            """, { row in try Person(row: &row) })
    }
}

extension Transaction {
    /// Writes a membership as it now stands.
    func put(_ membership: Membership) throws {
        try execute(
            """
            INSERT INTO membership (person_id, organisation_kind, organisation_id, roles, created_at, ended_at)
            VALUES (
                \(membership.person.id), \(membership.organisationKind), \(membership.organisationID), \(membership.roles),
                \(membership.createdAt), \(membership.endedAt)
            )
            ON CONFLICT (person_id, organisation_kind, organisation_id)
            DO UPDATE SET roles = EXCLUDED.roles, ended_at = EXCLUDED.ended_at
            """)
    }

    /// The membership, locked for a change.
    func lockMembership(of person: PersonID, in organisation: Organisation) throws -> Membership? {
        try first(
            """
            \(fragment: selectMembership)
            WHERE membership.person_id = \(person) AND membership.organisation_kind = \(organisation.kind)
                AND membership.organisation_id = \(organisation.id)
            FOR UPDATE OF membership
            """, { row in try Membership(row: &row) })
    }

    /// The roles that a person holds in an organisation, kept so until this transaction ends; nil where it is no member.
    func shareRoles(of person: PersonID, in organisation: Organisation) throws -> [String]? {
        try first(
            """
            SELECT roles
            FROM membership
            WHERE person_id = \(person) AND organisation_kind = \(organisation.kind) AND organisation_id = \(organisation.id)
                AND ended_at IS NULL
            FOR SHARE
            """, { row in try row.next([String].self) })
    }

    /// An organisation's people; those who have left come with the time of it.
    func memberships(in organisation: Organisation, after person: PersonID?, limit: Int) throws -> [Membership] {
        try query(
            """
            \(fragment: selectMembership)
            WHERE membership.organisation_kind = \(organisation.kind) AND membership.organisation_id = \(organisation.id)
                AND (\(person)::uuid IS NULL OR membership.person_id > \(person))
            ORDER BY membership.person_id
            LIMIT \(limit)
            """, { row in try Membership(row: &row) })
    }

    /// A person's organisations, at most `membershipsMax`.
    func memberships(of person: PersonID) throws -> [Membership] {
        try query(
            """
            \(fragment: selectMembership)
            WHERE membership.person_id = \(person)
            ORDER BY membership.organisation_kind, membership.organisation_id
            LIMIT \(PersonRoutes.membershipsMax)
            """, { row in try Membership(row: &row) })
    }

    /// Whether each of these persons is a member today.
    func areMembers(_ persons: Set<PersonID>, of organisation: Organisation) throws -> Bool {
        guard !persons.isEmpty else { return true }
        let count = try one(
            """
            SELECT count(*)
            FROM membership
            WHERE person_id = ANY(\(persons.sorted())) AND organisation_kind = \(organisation.kind)
                AND organisation_id = \(organisation.id) AND ended_at IS NULL
            """, { row in try row.next(Int.self) })
        return count == persons.count
    }

    /// Revokes a person's keys in an organisation that carry a role which it does not hold any more.
    func revokeKeys(of person: PersonID, in organisation: Organisation, beyond roles: [String], at now: Instant) throws -> [KeyID]
    {
        try query(
            """
            UPDATE api_key
            SET revoked_at = \(now)
            WHERE organisation_kind = \(organisation.kind) AND organisation_id = \(organisation.id)
                AND person_id = \(person) AND revoked_at IS NULL AND NOT (roles <@ \(roles))
            RETURNING key_id
            """, { row in try row.next() })
    }

    /// Whether an organisation is there.
    func knows(_ organisation: Organisation) throws -> Bool {
        switch organisation {
        case .platform: true
        case .retailer(let id, _): try retailer(id) != nil
        case .supplier(let id, _): try supplier(id) != nil
        case .auditor: false
        }
    }
}

private let selectMembership: SQL = """
    SELECT person.person_id, person.display_name, person.external_id, person.created_at, membership.organisation_kind,
        membership.organisation_id, membership.roles, membership.created_at, membership.ended_at
    FROM membership
    JOIN person ON person.person_id = membership.person_id
    """

extension Person {
    init(row: inout Row) throws {
        id = try row.next()
        displayName = try row.next()
        externalID = try row.nextOptional()
        createdAt = try row.next()
    }
}

extension Membership {
    init(row: inout Row) throws {
        person = try Person(row: &row)
        organisationKind = try row.next()
        organisationID = try row.next()
        roles = try row.next()
        createdAt = try row.next()
        endedAt = try row.nextOptional()
    }
}

import EventLog
package import HTTPSupport
package import Kernel
package import Postgres
package import Tenancy

/// An organisation gets a key: random, shown once, stored hashed, revocable, maybe expiring, maybe bound to stores.
package struct IssueKey: Sendable {
    package static let storesMax = 1000

    let name: String
    let organisation: Organisation
    let person: PersonID?
    let stores: [ExternalID]?
    let expiresAt: Instant?

    package init(name: String, organisation: Organisation, person: PersonID? = nil) {
        self.name = name
        self.organisation = organisation
        self.person = person
        stores = nil
        expiresAt = nil
    }

    /// The roles of the request are those that the organisation's kind knows.
    package init(_ fields: Fields, for owner: KeyOwner) {
        name = fields.string("name", max: 200)
        person = fields.idIfPresent("person_id")
        expiresAt = fields.instantIfPresent("expires_at")
        stores = fields.externalIDsIfPresent("store_ids", max: Self.storesMax)
        organisation = owner.organisation(fields)
        if let stores { Self.check(stores, organisation, fields) }
    }

    /// Only what a till or an app does knows a store: another role would look bound and be free.
    private static func check(_ stores: [ExternalID], _ organisation: Organisation, _ fields: Fields) {
        if stores.isEmpty { fields.refuse("store_ids", "bad_length", "Must name at least one store.") }
        guard case .retailer(_, let roles) = organisation, roles.isSubset(of: [.till, .app]) else {
            return fields.refuse("store_ids", "not_for_these_roles", "Only keys of tills and apps are bound to stores.")
        }
    }

    package enum Refusal: Kernel.Refusal {
        case anotherPersons, notAMember, rolesNotHeld

        package var problem: Problem {
            switch self {
            case .anotherPersons:
                Problem(403, "another_persons_key", "A person's key is issued by the platform or by that person.")
            case .notAMember: Self.bad("/person_id", "not_a_member", "Must be a person of the organisation's.")
            case .rolesNotHeld: Self.bad("/roles", "role_not_held", "Must be roles that the person holds.")
            }
        }

        private static func bad(_ pointer: String, _ code: String, _ detail: String) -> Problem {
            .invalid([FieldProblem(pointer: pointer, code: code, detail: detail)])
        }
    }

    package func run(
        in tx: borrowing Transaction, by author: Author, _ environment: KeyToken.Environment
    ) throws -> IssuedKey {
        try author.principal.checkHoldsKey()
        if let person { try Self.check(person, organisation, by: author.principal, in: tx) }
        let expiresAt = try KeyLifetime.end(expiresAt, isPersons: person != nil, now: author.world.now())
        let token = KeyToken(environment, in: author.world)
        let key = APIKey(
            id: token.id, organisationKind: organisation.kind, organisationID: organisation.id, person: person, name: name,
            roles: organisation.roleNames, stores: stores, createdAt: author.world.now(), expiresAt: expiresAt, revokedAt: nil,
            lastUsedAt: nil, replacedBy: nil)
        let issued = IssuedKey(key: key, token: token)
        try tx.insert(issued, by: author.principal.key)
        try tx.audit(author, "key.issued", about: EventSubject(key.id), after: key)
        return issued
    }

    /// A person's key carries only what the person holds, and no colleague gets hold of it: confirmations compare persons.
    static func check(
        _ person: PersonID, _ organisation: Organisation, by author: Principal, in tx: borrowing Transaction
    ) throws {
        guard author.organisation == .platform || author.person == person else { throw Refusal.anotherPersons }
        guard let held = try tx.shareRoles(of: person, in: organisation) else { throw Refusal.notAMember }
        guard Set(organisation.roleNames).isSubset(of: held) else { throw Refusal.rolesNotHeld }
    }
}

extension Organisation {
    /// As `api_key.roles` has them, sorted.
    var roleNames: [String] {
        switch self {
        case .platform: ["admin"]
        case .retailer(_, let roles): roles.map(\.rawValue).sorted()
        case .supplier(_, let roles): roles.map(\.rawValue).sorted()
        case .auditor: ["auditor"]
        }
    }
}

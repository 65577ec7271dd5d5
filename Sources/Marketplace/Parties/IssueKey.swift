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
        switch owner {
        case .platform:
            organisation = .platform
        case .retailer(let id):
            organisation = .retailer(id, Set(fields.words("roles", RetailerRole.self)))
        case .supplier(let id):
            organisation = .supplier(id, Set(fields.words("roles", SupplierRole.self)))
        }
        if organisation.roleNames.isEmpty { fields.refuse("roles", "bad_length", "Must name at least one role.") }
    }

    package func run(
        in tx: borrowing Transaction, by author: Author, _ environment: KeyToken.Environment
    ) throws -> IssuedKey {
        let token = KeyToken(environment, in: author.world)
        let key = APIKey(
            id: token.id, organisationKind: organisation.kind, organisationID: organisation.id, person: person, name: name,
            roles: organisation.roleNames, stores: stores, createdAt: author.world.now(), expiresAt: expiresAt, revokedAt: nil,
            lastUsedAt: nil)
        let issued = IssuedKey(key: key, token: token)
        try tx.insert(issued, by: author.principal.key)
        try tx.audit(author, "key.issued", about: EventSubject(key.id), after: key)
        return issued
    }
}

/// Whose keys a route is about.
package enum KeyOwner: Sendable {
    case platform
    case retailer(RetailerID)
    case supplier(SupplierID)
}

extension Organisation {
    /// As `api_key.roles` has them, sorted.
    var roleNames: [String] {
        switch self {
        case .platform: ["admin"]
        case .retailer(_, let roles): roles.map(\.rawValue).sorted()
        case .supplier(_, let roles): roles.map(\.rawValue).sorted()
        }
    }
}

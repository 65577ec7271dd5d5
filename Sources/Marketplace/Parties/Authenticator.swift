package import Kernel
package import Postgres
package import Tenancy

/// Finds out who calls, from the bearer token. Unknown, wrong, expired and revoked keys look the same from outside.
package struct Authenticator: Sendable {
    /// `last_used_at` is kept to this resolution, so that a busy key writes no row for each request.
    static let lastUsedResolutionSeconds: Int64 = 60

    private let database: Database
    private let environment: KeyToken.Environment
    private let world: OutsideWorld

    package init(_ database: Database, _ environment: KeyToken.Environment, _ world: OutsideWorld) {
        self.database = database
        self.environment = environment
        self.world = world
    }

    package func authenticate(_ text: String, at retailer: RetailerID?) async throws -> Principal {
        guard let token = KeyToken(text, in: environment) else { throw Self.refused }
        let credential = try await database.read(as: .authentication) { tx in
            try tx.credential(token.id, at: retailer)
        }
        let now = world.now()
        guard let credential, token.matches(credential.secretHash), credential.isValid(at: now),
            let organisation = credential.organisation
        else { throw Self.refused }
        if case .supplier = organisation, retailer != nil, !credential.worksWithRetailer { throw Problem.notFound("retailer") }
        if credential.wantsTouch(at: now) {
            try await database.transaction(as: .authentication) { tx in try tx.touchKey(token.id, at: now) }
        }
        return Principal(key: token.id, person: credential.person, organisation: organisation, stores: credential.stores)
    }

    private static let refused = Problem(401, "unauthenticated", "A valid key is needed.")
}

extension Credential {
    func isValid(at now: Instant) -> Bool { revokedAt == nil && expiresAt.map { now < $0 } ?? true }

    func wantsTouch(at now: Instant) -> Bool {
        lastUsedAt.map { $0.adding(seconds: Authenticator.lastUsedResolutionSeconds) < now } ?? true
    }

    /// Nil where the row names a role that this program does not know: then the key opens nothing.
    var organisation: Organisation? {
        switch organisationKind {
        case "platform": return .platform
        case "retailer":
            return .retailer(RetailerID(organisationID), Set(roles.compactMap(RetailerRole.init)))
        case "supplier":
            return .supplier(SupplierID(organisationID), Set(roles.compactMap(SupplierRole.init)))
        default: return nil
        }
    }
}

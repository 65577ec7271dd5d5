package import Kernel
package import Postgres
package import Tenancy

/// Finds out who calls, from the bearer token of a key or a session. Unknown, wrong, expired and revoked ones look the same
/// from outside.
package struct Authenticator: Sendable {
    /// `last_used_at` is kept to this resolution, so that a busy key writes no row for each request.
    package static let lastUsedResolutionSeconds: Int64 = 60

    private let database: Database
    private let environment: KeyToken.Environment
    private let world: OutsideWorld
    private let keys: SharedLooks<KeyQuestion, Credential>
    private let known = KnownCredentials()

    package init(_ database: Database, _ environment: KeyToken.Environment, _ world: OutsideWorld) {
        self.database = database
        self.environment = environment
        self.world = world
        keys = SharedLooks { asked in
            try await database.read(as: .authentication) { tx in try tx.credentials(of: Array(asked)) }
        }
    }

    package func authenticate(_ text: String, at retailer: RetailerID?) async throws -> Principal {
        let (credential, session) = try await credential(text, at: retailer)
        let now = world.now()
        guard credential.isValid(at: now), let organisation = credential.organisation else { throw Self.refused }
        if case .supplier = organisation, retailer != nil, !credential.worksWithRetailer { throw Problem.notFound("retailer") }
        if credential.wantsTouch(at: now) {
            try await database.transaction(as: .authentication) { tx in try tx.touchKey(credential.key, at: now) }
            known.forget(KeyQuestion(key: credential.key, retailer: retailer))
        }
        return Principal(
            key: credential.key, person: credential.person, organisation: organisation, stores: credential.stores,
            session: session)
    }

    /// What the token's secret proves; refuses every token that proves nothing.
    private func credential(_ text: String, at retailer: RetailerID?) async throws -> (Credential, SessionID?) {
        if let token = KeyToken(text, in: environment) {
            let found = try await key(KeyQuestion(key: token.id, retailer: retailer))
            if let found, token.matches(found.secretHash) { return (found, nil) }
        } else if let token = SessionToken(text, in: environment) {
            let found = try await database.read(as: .authentication) { tx in try tx.credential(token.id, at: retailer) }
            if let found, token.matches(found.secretHash) { return (found, token.id) }
        }
        throw Self.refused
    }

    private func key(_ question: KeyQuestion) async throws -> Credential? {
        let now = world.uptimeNanos()
        let (credential, generation) = known.find(question, at: now)
        if let credential { return credential }
        let found = try await keys.ask(question)
        if let found { known.keep(found, for: question, seen: now, generation) }
        return found
    }

    /// After a write on this node that may have ended keys, or what they may do.
    package func wrote() { known.forgetAll() }

    private static let refused = Problem(401, "unauthenticated", "A valid key is needed.")
}

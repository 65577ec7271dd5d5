import EventLog
import HTTPSupport
import Kernel
import Postgres
import Tenancy

/// A person exchanges its key for a session: what a browser may hold, so that the key need not be there.
struct OpenSession: Sendable {
    let owner: KeyOwner
    /// Nil: all that the key has.
    let roles: [String]?
    let seconds: Int64

    init(_ fields: Fields, at owner: KeyOwner) {
        self.owner = owner
        seconds = fields.integerIfPresent("seconds", in: 60...WorkSession.secondsMax) ?? WorkSession.secondsUsual
        if case .platform = owner {
            roles = nil
        } else {
            roles = fields.has("roles") ? owner.organisation(fields).roleNames : nil
        }
    }

    enum Refusal: Kernel.Refusal {
        case tooMany, rolesNotHeld

        var problem: Problem {
            switch self {
            case .tooMany:
                Problem(409, "too_many_sessions", "The key has \(WorkSession.openMax) sessions open: sign out of one.")
            case .rolesNotHeld:
                .invalid([FieldProblem(pointer: "/roles", code: "role_not_held", detail: "Must be roles of the key.")])
            }
        }
    }

    func run(in tx: borrowing Transaction, by author: Author, _ environment: KeyToken.Environment) throws -> OpenedSession {
        let principal = author.principal
        guard let person = principal.person else { throw InvitePerson.Refusal.personNeeded }
        try principal.checkHoldsKey()
        let held = principal.organisation.roleNames
        let roles = roles ?? held
        guard Set(roles).isSubset(of: held) else { throw Refusal.rolesNotHeld }
        let now = author.world.now()
        // The key's row is held, so that many at once are counted one after another and none outlives its key.
        guard let key = try tx.lockKey(principal.key, of: owner.organisation), key.revokedAt == nil else {
            throw Problem.notFound("key")
        }
        try tx.forgetSessions(of: principal.key, endedBefore: now)
        guard try tx.openSessions(of: principal.key, at: now) < WorkSession.openMax else { throw Refusal.tooMany }
        let token = SessionToken(environment, in: author.world)
        let end = now.adding(seconds: seconds)
        let session = WorkSession(
            id: token.id, key: key.id, organisationKind: key.organisationKind, organisationID: key.organisationID,
            person: person, roles: roles, createdAt: now, expiresAt: key.expiresAt.map { min($0, end) } ?? end)
        let opened = OpenedSession(session: session, token: token)
        try tx.insert(opened)
        try tx.audit(author, "session.opened", about: EventSubject(session.id), after: session)
        return opened
    }
}

/// A session ends at once: the person signs out, or an admin of the organisation ends it. Ending it again changes nothing.
struct EndSession: Sendable {
    let id: SessionID
    let owner: KeyOwner

    func run(in tx: borrowing Transaction, by author: Author) throws {
        guard var session = try tx.lockSession(id, of: owner.organisation), author.principal.mayEnd(session) else {
            throw Problem.notFound("session")
        }
        guard session.revokedAt == nil else { return }
        let before = session
        session.revokedAt = author.world.now()
        try tx.revokeSession(id, at: author.world.now())
        try tx.audit(author, "session.ended", about: EventSubject(id), before: before, after: session)
    }
}

extension Principal {
    fileprivate func mayEnd(_ session: WorkSession) -> Bool { organisation.isAdmin || person == session.person }
}

extension Organisation {
    var isAdmin: Bool { roleNames.contains("admin") }
}

import EventLog
import HTTPSupport
import Kernel
import Postgres
import Tenancy

/// Another key takes a key's place: the same name, person, roles and stores, a new secret, and again the life that the old
/// one was given. The old key ends at once, or after an overlap in which machines change over. A key is replaced once.
struct RotateKey: Sendable {
    static let overlapSecondsMax: Int64 = 7 * 86_400

    let id: KeyID
    let owner: KeyOwner
    let overlapSeconds: Int64
    let reason: String?

    init(_ fields: Fields, _ id: KeyID, of owner: KeyOwner) {
        self.id = id
        self.owner = owner
        overlapSeconds = fields.integerIfPresent("overlap_seconds", in: 0...Self.overlapSecondsMax) ?? 0
        reason = fields.stringIfPresent("reason", max: Audit.reasonCharactersMax, multiline: true)
    }

    enum Refusal: Kernel.Refusal {
        case alreadyReplaced, hasEnded

        var problem: Problem {
            switch self {
            case .alreadyReplaced: Problem(409, "key_replaced", "The key was replaced before: rotate the one in its place.")
            case .hasEnded: Problem(409, "key_ended", "The key has expired or was revoked: issue another.")
            }
        }
    }

    func run(in tx: borrowing Transaction, by author: Author, _ environment: KeyToken.Environment) throws -> IssuedKey {
        try author.principal.checkHoldsKey()
        let now = author.world.now()
        guard var old = try tx.lockKey(id, of: owner.organisation) else { throw Problem.notFound("key") }
        guard old.replacedBy == nil else { throw Refusal.alreadyReplaced }
        guard old.revokedAt == nil, old.expiresAt.map({ now < $0 }) ?? true else { throw Refusal.hasEnded }
        if let person = old.person {
            try IssueKey.check(person, owner.organisation(holding: old.roles), by: author.principal, in: tx)
        }
        let before = old
        let issued = successor(of: old, at: now, KeyToken(environment, in: author.world))
        try tx.insert(issued, by: author.principal.key)
        old.replacedBy = issued.key.id
        if overlapSeconds == 0 {
            old.revokedAt = now
        } else {
            let end = now.adding(seconds: overlapSeconds)
            old.expiresAt = old.expiresAt.map { min($0, end) } ?? end
        }
        try tx.replaceKey(old)
        try tx.audit(author, "key.issued", about: EventSubject(issued.key.id), reason: reason, after: issued.key)
        try tx.audit(author, "key.rotated", about: EventSubject(id), reason: reason, before: before, after: old)
        return issued
    }

    private func successor(of old: APIKey, at now: Instant, _ token: KeyToken) -> IssuedKey {
        let life = old.expiresAt.map { $0.microseconds - old.createdAt.microseconds }
        let key = APIKey(
            id: token.id, organisationKind: old.organisationKind, organisationID: old.organisationID, person: old.person,
            name: old.name, roles: old.roles, stores: old.stores, createdAt: now,
            expiresAt: life.map { Instant(microseconds: now.microseconds + $0) }, revokedAt: nil, lastUsedAt: nil,
            replacedBy: nil)
        return IssuedKey(key: key, token: token)
    }
}

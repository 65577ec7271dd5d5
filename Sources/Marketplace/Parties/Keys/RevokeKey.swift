import EventLog
import Kernel
import Postgres
import Tenancy

/// A key stops working, at once and for good. Revoking again changes nothing.
struct RevokeKey: Sendable {
    let id: KeyID
    let organisation: Organisation

    func run(in tx: borrowing Transaction, by author: Author) throws {
        guard var key = try tx.lockKey(id, of: organisation) else { throw Problem.notFound("key") }
        guard key.revokedAt == nil else { return }
        let before = key
        key.revokedAt = author.world.now()
        try tx.revokeKey(id, at: author.world.now())
        try tx.audit(author, "key.revoked", about: EventSubject(id), before: before, after: key)
    }
}

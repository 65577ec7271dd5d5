import EventLog
import HTTPSupport
import JSONText
import Kernel
import Parties
import Postgres

/// One thing of the catalogue is written by itself: the batch of one, audited, answered with what stands then. Sending it
/// again changes nothing, so it takes no Idempotency-Key.
struct PutItem<Stored: JSONWritable>: Sendable {
    let subject: EventSubject
    let find: @Sendable (borrowing Transaction) throws -> Stored?
    let upsert: @Sendable (borrowing Transaction) throws -> BatchOutcome

    func reply(to call: Call, _ database: Database) async throws -> Reply {
        try await call.write(database) { tx in
            let before = try find(tx)
            let outcome = try upsert(tx)
            try outcome.throwIfRefused()
            guard let after = try find(tx) else { throw Problem.notFound(subject.kind) }
            if outcome.unchanged == 0 {
                try tx.audit(Author(call), "catalogue.put", about: subject, before: before, after: after)
            }
            return before == nil ? .created(after, at: call.path) : .json(after)
        }
    }
}

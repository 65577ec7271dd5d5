import EventLog
import HTTPSupport
import JSONText
import Kernel
import Postgres

/// A retailer's settings change, for what happens from now on: what was frozen before keeps its terms.
struct EditPolicy: Sendable {
    let retailer: RetailerID
    let ifMatch: IfMatch

    /// `edit` reads the new settings over the old ones.
    func run(
        in tx: borrowing Transaction, by author: Author, _ edit: (PolicySettings) throws -> PolicySettings
    ) throws -> Policy {
        guard let before = try tx.lockPolicy(of: retailer) else { throw Problem.notFound("retailer") }
        try ifMatch.check(before.version)
        var after = before
        after.settings = try edit(before.settings)
        after.version += 1
        after.updatedAt = author.world.now()
        try tx.update(after)
        try tx.audit(author, "policy.edited", about: EventSubject(retailer), before: before, after: after)
        let version = after.version
        try tx.append(
            Event("policy.edited", about: EventSubject(retailer)) { $0.field("version", version) }, to: retailer,
            in: author.world)
        return after
    }
}

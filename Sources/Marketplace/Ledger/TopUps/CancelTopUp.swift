import EventLog
import HTTPSupport
import Kernel
import Parties
import Postgres
import Tenancy

/// A top-up of which nothing will come: taken back by the supplier before the money is there, or by the money holder
/// until it is credited.
struct CancelTopUp: Sendable {
    let step: TopUpStep
    let reason: String

    init(_ fields: Fields, _ step: TopUpStep) {
        self.step = step
        reason = fields.string("reason", max: 500)
    }

    func run(in tx: borrowing Transaction, by author: Author) throws -> TopUp {
        let before = try lock(in: tx, by: author)
        let after = try before.cancelling(because: reason, bySupplier: author.isSupplier)
        try tx.update(after, of: step.books.retailer)
        try tx.audit(author, "top_up.cancelled", about: EventSubject(after.id), reason: reason, before: before, after: after)
        try tx.append(.topUp("top_up.cancelled", after), to: step.books.retailer, in: author.world)
        return after
    }

    private func lock(in tx: borrowing Transaction, by author: Author) throws -> TopUp {
        guard author.isSupplier else { return try step.lock(in: tx, by: author).0 }
        guard let own = try tx.lockTopUp(step.topUp, of: step.wallet, in: step.books) else { throw Problem.notFound("top_up") }
        return own
    }
}

extension Author {
    fileprivate var isSupplier: Bool { if case .supplier = principal.organisation { true } else { false } }
}

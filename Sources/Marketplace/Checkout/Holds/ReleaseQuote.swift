import Catalogue
import Kernel
import Ledger
import Postgres

/// A till gives a hold back: the shopper left. Releasing again changes nothing.
struct ReleaseQuote: Sendable {
    let id: QuoteID
    /// The stores that the key is bound to; nil means any.
    var stores: [ExternalID]?

    enum Refusal: Kernel.Refusal {
        case alreadyPosted, anotherStores

        var problem: Problem {
            switch self {
            case .alreadyPosted: Problem(409, "quote_posted", "The receipt of this quote has been posted.")
            case .anotherStores: Problem(403, "store_not_allowed", "The key is bound to other stores.")
            }
        }
    }

    func run(in tx: borrowing Transaction, of retailer: RetailerID) throws {
        guard let held = try tx.heldQuotes([id], of: retailer).first else { throw Problem.notFound("quote") }
        if let stores, !(try tx.storeOrdinals(stores, of: retailer).values.contains(held.quote.store)) {
            throw Refusal.anotherStores
        }
        if held.quote.state == .posted { throw Refusal.alreadyPosted }
        guard held.quote.state == .pending else { return }
        let holds = try tx.holds(ofQuotes: [id.value], at: retailer)
        var plan = PostingPlan()
        plan.add(holds)
        var posting = try tx.openPosting(plan, of: retailer)
        guard try tx.resolve(id, as: .released, at: posting.now, of: retailer) else { return }
        posting.release(quote: id.value)
        try tx.settle(posting, at: posting.now)
    }
}

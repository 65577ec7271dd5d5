import Kernel
import Ledger
import Postgres

/// A till gives a hold back: the shopper left. Releasing again changes nothing.
struct ReleaseQuote: Sendable {
    let id: QuoteID

    enum Refusal: Kernel.Refusal {
        case alreadyPosted

        var problem: Problem {
            switch self {
            case .alreadyPosted: Problem(409, "quote_posted", "The receipt of this quote has been posted.")
            }
        }
    }

    func run(in tx: borrowing Transaction, of retailer: RetailerID) throws {
        guard let held = try tx.heldQuotes([id], of: retailer).first else { throw Problem.notFound("quote") }
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

package import Kernel
import Ledger
package import Postgres
import Tenancy

/// Ends held quotes whose time is up, so that money and limits are free before somebody asks for them (LEDGER_AND_WEBHOOKS
/// rule 18). Nothing depends on it: a decision that lacks money expires what is due by itself. Any number of nodes may run it.
package struct QuoteSweeper: Sendable {
    /// Quotes of one transaction: a bound on how long the accounts of their holds are locked.
    package static let quotesMax = 250

    private let database: Database

    package init(_ database: Database) { self.database = database }

    /// All retailers. Returns the number of quotes that were looked at.
    @discardableResult
    package func sweep() async throws -> Int {
        var quotes = 0
        try await database.forEachRetailer { quotes += try await sweep($0) }
        return quotes
    }

    /// One retailer's due quotes, at most so many: the rest is for the next time.
    @discardableResult
    package func sweep(_ retailer: RetailerID) async throws -> Int {
        let due = try await database.read(as: .retailer(retailer)) { tx in try tx.dueQuotes(of: retailer) }
        guard !due.isEmpty else { return 0 }
        try await database.transaction(as: .retailer(retailer)) { tx in
            var plan = PostingPlan()
            plan.add(try tx.holds(ofQuotes: due.map(\.value), at: retailer))
            var posting = try tx.openPosting(plan, of: retailer)
            try tx.expire(due, in: &posting)
            try tx.settle(posting, at: posting.now)
        }
        return due.count
    }
}

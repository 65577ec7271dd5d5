package import Kernel
package import Postgres

/// Holds of campaigns' money. Every change of a hold happens under the lock of its account.
extension Transaction {
    /// Holds in one sweep: a bound on how long its locks are held.
    package static var holdsExpiredMax: Int { 500 }

    /// Keeps money for quotes, all or none, within what is available after due holds have expired.
    @discardableResult
    package func placeHolds(
        _ holds: [NewHold], of retailer: RetailerID, clock: LedgerClock = .database
    ) throws -> [Hold] {
        var plan = PostingPlan()
        plan.add(holds)
        var posting = try openPosting(plan, of: retailer, clock: clock)
        try settle(&posting, at: posting.now) { posting in
            for hold in holds { try posting.place(hold) }
        }
        return holds.compactMap { posting.holds[$0.id] }
    }

    /// Pays out of holds, all or none: each with its transfers, the rest of each released in the same statement.
    @discardableResult
    package func postHolds(
        _ payments: [HoldPayment], opening: [SharedAccount] = [], of retailer: RetailerID, at now: Instant,
        clock: LedgerClock = .database
    ) throws -> [PostedTransfer] {
        var plan = PostingPlan()
        plan.holds = Set(payments.map(\.hold))
        plan.add(payments.flatMap(\.transfers))
        plan.opening = Set(opening)
        var posting = try openPosting(plan, of: retailer, clock: clock)
        try settle(&posting, at: now) { posting in
            for payment in payments { try posting.post(payment.hold, with: payment.transfers) }
        }
        return posting.results(of: payments.flatMap(\.transfers), at: now)
    }

    /// Releases what a quote keeps.
    @discardableResult
    package func voidHolds(of quote: Identifier, at retailer: RetailerID, clock: LedgerClock = .database) throws -> [Hold] {
        var plan = PostingPlan()
        plan.add(try holds(ofQuotes: [quote], at: retailer))
        var posting = try openPosting(plan, of: retailer, clock: clock)
        let voided = try posting.void(quote)
        try write(posting, at: posting.now)
        return voided
    }

    /// Releases holds whose time is up, at most `limit`; those that were resolved meanwhile are left. Returns them.
    @discardableResult
    package func expireDueHolds(
        of retailer: RetailerID, limit: Int = holdsExpiredMax, clock: LedgerClock = .database
    ) throws -> [Hold] {
        let now = clock.reading(try databaseClock())
        let due = try dueHolds(of: retailer, on: nil, except: [], at: now, limit: min(limit, Self.holdsExpiredMax))
        guard !due.isEmpty else { return [] }
        var plan = PostingPlan()
        plan.add(due)
        var posting = try openPosting(plan, of: retailer, clock: clock)
        let expired = due.compactMap { posting.expire($0.id) }
        try write(posting, at: posting.now)
        return expired
    }

    /// Expires, within a posting, due holds of accounts that it has locked; returns how many. Nothing is written yet.
    package func expireDueHolds(on accounts: [AccountID], in posting: inout Posting) throws -> Int {
        let seen = Array(posting.holds.keys)
        let due = try dueHolds(
            of: posting.retailer, on: accounts, except: seen, at: posting.now, limit: Self.holdsExpiredMax)
        for hold in due { posting.holds[hold.id] = hold }
        let own = posting.holds.values.filter { accounts.contains($0.account) && $0.isDue(at: posting.now) }
        return own.sorted { $0.id < $1.id }.filter { posting.expire($0.id) != nil }.count
    }
}

/// What is paid out of one hold.
package struct HoldPayment: Sendable, Hashable {
    package let hold: HoldID
    /// At least one, each debiting the hold's account.
    package let transfers: [NewTransfer]

    package init(hold: HoldID, transfers: [NewTransfer]) {
        self.hold = hold
        self.transfers = transfers
    }
}

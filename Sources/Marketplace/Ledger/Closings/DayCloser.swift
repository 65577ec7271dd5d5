package import Kernel
package import Postgres
import Tenancy

/// Writes down, for each day that is over, what each account that moved had at its end, and a hash over all of them that is
/// chained to the day before. Any number of nodes may run it; what one has begun another finishes.
package struct DayCloser: Sendable {
    /// A day is closed so long after its end: whoever began to post within it has committed by then.
    package static let secondsAfterEnd: Int64 = 300
    /// Accounts of one transaction.
    static let accountsMax = 500

    private let database: Database
    private let world: OutsideWorld

    package init(_ database: Database, _ world: OutsideWorld) {
        self.database = database
        self.world = world
    }

    /// All retailers. Returns the number of days that were closed.
    @discardableResult
    package func close() async throws -> Int {
        var days = 0
        try await database.forEachRetailer { days += try await close($0) }
        return days
    }

    /// One retailer's days, up to the last that is over. The first is the day before the first look: what was before it is in
    /// its balances.
    @discardableResult
    package func close(_ retailer: RetailerID) async throws -> Int {
        let latest = world.now().adding(seconds: -Self.secondsAfterEnd)
        var closed = 0
        while true {
            let due = try await database.read(as: .retailer(retailer)) { tx in try tx.dayToClose(of: retailer, at: latest) }
            guard let due else { return closed }
            if try await close(due, of: retailer) { closed += 1 }
        }
    }

    private func close(_ day: EndedDay, of retailer: RetailerID) async throws -> Bool {
        var last: AccountID?
        while true {
            let after = last
            let page = try await database.read(as: .retailer(retailer)) { tx in
                let moved = try tx.movedAccounts(of: retailer, on: day, after: after, limit: Self.accountsMax)
                return (end: moved.last?.account, cuts: try moved.map { try tx.cut($0, at: day, of: retailer) })
            }
            guard let end = page.end else { break }
            let now = world.now()
            try await database.transaction(as: .retailer(retailer)) { tx in
                try tx.insert(page.cuts.filter { $0.seq > $0.previous }, on: day, of: retailer, at: now)
            }
            last = end
        }
        let world = world
        return try await database.transaction(as: .retailer(retailer)) { tx in
            try SealDay(day: day, retailer: retailer).run(in: tx, in: world)
        }
    }
}

/// A day of a retailer that is over, by the clock of its own zone.
struct EndedDay: Sendable, Hashable {
    let day: BusinessDay
    let endsAt: Instant
    /// The hash of the day before; nil: it is the first.
    let previous: [UInt8]?
}

/// An account with entries after its last closing.
struct MovedAccount: Sendable, Hashable {
    let account: AccountID
    /// Its number at the last closing.
    let previous: Int64
    /// Its number now, and when that was posted.
    let seq: Int64
    let postedAt: Instant
}

/// The last entry of an account that belongs to a day; `previous` where none does.
struct AccountCut: Sendable, Hashable {
    let account: AccountID
    let previous: Int64
    let seq: Int64
}

extension Transaction {
    /// Numbers and times rise together but for the clocks of nodes: the entry is found by halves, and the one after it was
    /// posted after the day.
    fileprivate func cut(_ moved: MovedAccount, at day: EndedDay, of retailer: RetailerID) throws -> AccountCut {
        guard moved.postedAt >= day.endsAt else {
            return AccountCut(account: moved.account, previous: moved.previous, seq: moved.seq)
        }
        var (within, beyond) = (moved.previous, moved.seq)
        while beyond - within > 1 {
            let middle = within + (beyond - within) / 2
            if try postedAt(moved.account, middle, of: retailer) < day.endsAt { within = middle } else { beyond = middle }
        }
        return AccountCut(account: moved.account, previous: moved.previous, seq: within)
    }
}

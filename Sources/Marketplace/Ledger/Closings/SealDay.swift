import Crypto
import EventLog
import Kernel
import Postgres

/// Ends the closing of a day: hashes what all accounts had, chained to the day before, and tells of it. Whoever keeps the
/// hashes that were told can prove that the books of those days are still the same. False where another node was quicker.
struct SealDay: Sendable {
    let day: EndedDay
    let retailer: RetailerID

    func run(in tx: borrowing Transaction, in world: OutsideWorld) throws -> Bool {
        var hash = SHA256()
        hash.update(data: day.previous ?? Seal.origin)
        var (count, last) = (0, AccountID?.none)
        while true {
            let page = try tx.closings(of: retailer, on: day.day, after: last, limit: 5_000)
            guard let end = page.last?.account else { break }
            for closing in page { hash.update(data: Array(SHA256.hash(data: Array(closing.canonicalText.utf8)))) }
            count += page.count
            last = end
        }
        let sealed = Array(hash.finalize())
        let now = world.now()
        guard try tx.insert(day, accounts: count, hash: sealed, of: retailer, at: now) else { return false }
        let fact = Event.dayClosed(LedgerDay(day: day.day, accounts: count, hash: sealed, previous: day.previous, closedAt: now))
        try tx.append([fact], to: retailer, ids: [world.newID()], at: now)
        return true
    }
}

/// What an account had at the end of a day: after its entry `seq`. `head` is the hash of its last seal at or before that.
struct AccountClosing: Sendable, Hashable {
    let account: AccountID
    let day: BusinessDay
    let seq: Int64
    /// Minor units: credits minus debits.
    let balance: Int64
    let head: [UInt8]?

    var canonicalText: String {
        "\(account.value)|\(day)|\(seq)|\(balance)|\(head.map(LedgerDay.hex) ?? "")"
    }
}

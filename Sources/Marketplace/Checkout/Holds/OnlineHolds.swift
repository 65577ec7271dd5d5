import Campaigns
import Kernel
import Ledger
import Postgres

/// What online orders keep of campaigns' money: together at most a fifth of a budget, for a fifth of each wallet's part of it,
/// since they may keep it for days while tills sell (DOMAIN 14).
struct OnlineHolds: Sendable {
    static let partOfBudget: Int64 = 5

    private var minorByAccount: [AccountID: Int64]

    init(_ minorByAccount: [AccountID: Int64] = [:]) { self.minorByAccount = minorByAccount }

    /// Minor units that an online order may still keep of this wallet's part, its fee included.
    func leave(of share: FundingShare) -> Int64 {
        max(0, share.putInMinor / Self.partOfBudget - (minorByAccount[AccountID(share.account)] ?? 0))
    }

    mutating func add(_ minor: Int64, on account: AccountID) { minorByAccount[account, default: 0] += minor }
}

extension Transaction {
    /// Read under the lock of these accounts. Index: `hold_pending`.
    func onlineHolds(on accounts: [AccountID], at retailer: RetailerID) throws -> OnlineHolds {
        let held = try query(
            """
            SELECT hold.account_id, sum(hold.amount)::bigint
            FROM hold
            JOIN held_quote ON held_quote.retailer_id = \(retailer) AND held_quote.quote_id = hold.quote_id
            WHERE hold.retailer_id = \(retailer) AND hold.account_id = ANY (\(accounts)) AND hold.state = 'pending'
                AND held_quote.channel = 'online' AND held_quote.state = 'pending'
            GROUP BY hold.account_id
            """
        ) { row in (try row.next(AccountID.self), try row.next(Int64.self)) }
        return OnlineHolds(Dictionary(held) { first, _ in first })
    }
}

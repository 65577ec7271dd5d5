import Campaigns
import JSONText
import Kernel
import Ledger
import Parties
import Postgres
import Tenancy
import TestSupport

/// What the tables say of one history, to be held against the model.
struct HistoryBooks: Sendable, Hashable {
    var wallet: Int64 = 0
    /// By campaign: what it has, and what is kept of it.
    var balances: [Int64] = [0, 0]
    var pending: [Int64] = [0, 0]
    /// By campaign: of the limit of all shoppers.
    var used: [Int64] = [0, 0]
    var held: [Int64] = [0, 0]
    /// By campaign: of the limits of each shopper, the largest first.
    var usedByShopper: [[Int64]] = [[], []]
    // Of accounts that others share.
    var external: Int64 = 0
    var payable: Int64 = 0
    var fee: Int64 = 0
    var clearing: Int64 = 0
}

extension HistoryBooks {
    /// Reads accounts and counters in one transaction.
    static func read(
        of town: HistoryTown, wallet: WalletID, _ campaigns: [CampaignID], since start: HistoryBooks = HistoryBooks()
    ) async throws -> HistoryBooks {
        let retailer = town.retailer
        return try await town.market.database.read(as: .retailer(retailer)) { tx in
            var books = HistoryBooks()
            let accounts = try tx.query(
                """
                SELECT account.kind, account.campaign_id, account.credits_posted - account.debits_posted, account.debits_pending
                FROM account
                LEFT JOIN wallet ON wallet.retailer_id = \(retailer) AND wallet.account_id = account.account_id
                WHERE account.retailer_id = \(retailer)
                    AND (wallet.wallet_id = \(wallet) OR account.campaign_id = ANY (\(campaigns))
                        OR account.kind IN ('external', 'payable', 'fee', 'clearing'))
                """
            ) { row in
                (
                    try row.next(AccountKind.self), try row.nextOptional(CampaignID.self), try row.next(Int64.self),
                    try row.next(Int64.self)
                )
            }
            for (kind, campaign, balance, pending) in accounts {
                books.add(kind, campaign.flatMap { campaigns.firstIndex(of: $0) }, balance, pending)
            }
            let counters = try tx.query(
                """
                SELECT campaign_id, counter, used, held
                FROM limit_counter
                WHERE retailer_id = \(retailer) AND campaign_id = ANY (\(campaigns))
                """
            ) { row in
                (
                    try row.next(CampaignID.self), try row.next(String.self), try row.next(Int64.self), try row.next(Int64.self)
                )
            }
            for (campaign, counter, used, held) in counters {
                guard let index = campaigns.firstIndex(of: campaign) else { continue }
                if counter == "units" { (books.used[index], books.held[index]) = (used, held) }
                if counter == "units_per_shopper", used > 0 { books.usedByShopper[index].append(used) }
            }
            books.usedByShopper = books.usedByShopper.map { $0.sorted(by: >) }
            books.external -= start.external
            books.payable -= start.payable
            books.fee -= start.fee
            books.clearing -= start.clearing
            return books
        }
    }

    private mutating func add(_ kind: AccountKind, _ campaign: Int?, _ balance: Int64, _ pending: Int64) {
        switch kind {
        case .wallet: wallet = balance
        case .campaign:
            guard let campaign else { return }
            balances[campaign] = balance
            self.pending[campaign] = pending
        case .external: external += balance
        case .payable: payable += balance
        case .fee: fee += balance
        case .clearing: clearing += balance
        case .allocation: break
        }
    }
}

extension HistoryModel {
    /// The same as the tables must say it. A hold whose time is up and that nobody has ended yet may still stand there.
    func books(like found: HistoryBooks) -> HistoryBooks {
        var books = HistoryBooks()
        (books.wallet, books.external, books.payable, books.fee, books.clearing) = (wallet, external, payable, fee, clearing)
        for index in campaigns.indices {
            books.balances[index] = campaigns[index].balance
            books.used[index] = campaigns[index].used
            books.usedByShopper[index] = campaigns[index].usedBy.values.filter { $0 > 0 }.sorted(by: >)
            let unswept = holds.filter { $0.isUnswept && $0.state == .lapsed }.flatMap(\.kept).filter { $0.campaign == index }
            let (money, units) = (unswept.reduce(0) { $0 + cost($1.amount) }, unswept.reduce(0) { $0 + $1.units })
            let (live, liveUnits) = (heldMoney(index), heldUnits(index))
            books.pending[index] = (live...live + money).contains(found.pending[index]) ? found.pending[index] : live
            books.held[index] = (liveUnits...liveUnits + units).contains(found.held[index]) ? found.held[index] : liveUnits
        }
        return books
    }
}

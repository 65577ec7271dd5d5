import Kernel
import Ledger
import Postgres

/// A transfer for a campaign on one of the accounts that are looked at.
private struct SpendMove {
    let key: SpendKey
    let kind: TransferKind
    let minor: Int64
    let cause: String
    let day: BusinessDay
}

/// What a redemption is to the ledger: the cause of its transfers.
private enum PaidKind: IDKind { static let prefix = "redemption" }

extension Transaction {
    /// What these entries moved for campaigns, by campaign and account. Entries never change, so the same spans give the same
    /// sums for ever. Indexes: the primary keys, `redemption_by_id`.
    func spent(over spans: [SpendSpan], at retailer: RetailerID) throws -> [SpendKey: SpentSums] {
        guard !spans.isEmpty else { return [:] }
        let moves = try query(
            """
            SELECT entry.account_id, transfer.campaign_id, transfer.kind, transfer.amount, transfer.cause_id,
                transfer.business_day
            FROM unnest(
                \(spans.map(\.account)), \(spans.map { $0.isCampaigns ? 1 : 0 as Int32 }), \(spans.map(\.after)),
                \(spans.map(\.through))
            ) AS span (account_id, is_campaigns, after_seq, through_seq)
            JOIN entry ON entry.retailer_id = \(retailer) AND entry.account_id = span.account_id
                AND entry.seq > span.after_seq AND entry.seq <= span.through_seq
            JOIN transfer ON transfer.retailer_id = \(retailer) AND transfer.transfer_id = entry.transfer_id
            WHERE transfer.campaign_id IS NOT NULL AND (
                transfer.kind IN ('return', 'fee_return')
                OR span.is_campaigns = 1 AND transfer.kind IN ('launch', 'release', 'redemption', 'fee', 'close')
            )
            """
        ) { row in
            let account = try row.next(Identifier.self)
            return SpendMove(
                key: SpendKey(campaign: try row.next(), account: account), kind: try row.next(), minor: try row.next(),
                cause: try row.next(), day: try row.next())
        }
        var sums: [SpendKey: SpentSums] = [:]
        for move in moves { sums[move.key, default: SpentSums()].add(move) }
        for (key, paid) in try paid(by: moves.filter { $0.kind == .redemption }, at: retailer) {
            sums[key, default: SpentSums()].units += paid.units
            sums[key, default: SpentSums()].redemptions += paid.redemptions
        }
        return sums
    }

    /// The redemptions that these transfers paid, each on the first of its accounts.
    private func paid(
        by moves: [SpendMove], at retailer: RetailerID
    ) throws -> [(key: SpendKey, paid: (units: Int64, redemptions: Int64))] {
        let known = moves.compactMap { move in TypedID<PaidKind>(move.cause).map { (id: $0, move: move) } }
        guard !known.isEmpty else { return [] }
        return try query(
            """
            SELECT paid.campaign_id, paid.account_id, sum(redemption.units)::bigint, count(*)
            FROM unnest(
                \(known.map(\.id)), \(known.map(\.move.key.account)), \(known.map(\.move.key.campaign)), \(known.map(\.move.day))
            ) AS paid (redemption_id, account_id, campaign_id, business_day)
            JOIN redemption ON redemption.retailer_id = \(retailer) AND redemption.redemption_id = paid.redemption_id
                AND redemption.business_day = paid.business_day
            WHERE paid.account_id = (
                SELECT share.account_id
                FROM redemption_share AS share
                WHERE share.retailer_id = \(retailer) AND share.redemption_id = paid.redemption_id
                ORDER BY share.account_id
                LIMIT 1
            )
            GROUP BY paid.campaign_id, paid.account_id
            """
        ) { row in
            (
                key: SpendKey(campaign: try row.next(), account: try row.next()),
                paid: (units: try row.next(), redemptions: try row.next())
            )
        }
    }

    /// Where a campaign's accounts and the wallets behind them stand, and what was counted of them: of one moment.
    func spendAccounts(of campaign: CampaignID, at retailer: RetailerID) throws -> [SpendAccount] {
        try query(
            """
            SELECT account.account_id, account.kind = 'campaign', COALESCE(counted.seq, 0), account.seq,
                account.debits_pending, account.credits_posted - account.debits_posted - account.debits_pending,
                COALESCE(spent.put_in, 0), COALESCE(spent.discounts, 0), COALESCE(spent.fees, 0), COALESCE(spent.returned, 0),
                COALESCE(spent.units, 0), COALESCE(spent.redemptions, 0)
            FROM campaign_funding AS funding
            JOIN wallet ON wallet.retailer_id = \(retailer) AND wallet.wallet_id = funding.wallet_id
            CROSS JOIN LATERAL (VALUES (funding.account_id), (wallet.account_id)) AS own (account_id)
            JOIN account ON account.retailer_id = \(retailer) AND account.account_id = own.account_id
            LEFT JOIN spend_counted AS counted ON counted.retailer_id = \(retailer)
                AND counted.account_id = account.account_id
            LEFT JOIN campaign_spent AS spent ON spent.retailer_id = \(retailer) AND spent.campaign_id = funding.campaign_id
                AND spent.account_id = account.account_id
            WHERE funding.retailer_id = \(retailer) AND funding.campaign_id = \(campaign) AND funding.account_id IS NOT NULL
            """
        ) { row in
            let (account, isCampaigns): (Identifier, Bool) = (try row.next(), try row.next())
            let span = SpendSpan(
                account: account, isCampaigns: isCampaigns, after: try row.next(), through: try row.next())
            let (reserved, available): (Int64, Int64) = (try row.next(), try row.next())
            return SpendAccount(
                span: span, reserved: isCampaigns ? reserved : 0, available: isCampaigns ? available : 0,
                counted: try SpentSums(row: &row))
        }
    }
}

/// One account of a campaign's, or the wallet's behind it.
struct SpendAccount: Sendable {
    /// The entries that were not counted yet.
    let span: SpendSpan
    let reserved: Int64
    let available: Int64
    let counted: SpentSums
}

extension SpentSums {
    init(row: inout Row) throws {
        putIn = try row.next()
        discounts = try row.next()
        fees = try row.next()
        returned = try row.next()
        units = try row.next()
        redemptions = try row.next()
    }

    fileprivate mutating func add(_ move: SpendMove) {
        switch move.kind {
        case .launch: putIn += move.minor
        case .release: putIn -= move.minor
        case .redemption: discounts += move.minor
        case .return: discounts -= move.minor
        case .fee: fees += move.minor
        case .feeReturn: fees -= move.minor
        case .close: returned += move.minor
        default: break
        }
    }
}

import Campaigns
import Checkout
import HTTPSupport
import Kernel
import Ledger
import Parties
import Postgres
import Tenancy

/// Which disputes are asked for.
struct DisputeFilter: Sendable {
    var only: DisputeID?
    var statement: StatementID?
    var wallet: WalletID?
    var state: DisputeState?
    var after: DisputeID?
}

extension Transaction {
    /// A transfer that stands in a sealed statement, with its kind and what it moved; nil where it does not. Index: the keys.
    func statementLine(
        _ transfer: TransferID, of statement: StatementID, at retailer: RetailerID
    ) throws -> (kind: TransferKind, minor: Int64, line: DisputedLine?)? {
        try first(
            """
            SELECT transfer.kind, transfer.amount, transfer.cause_id, entry.account_id, transfer.campaign_id
            FROM transfer
            JOIN entry ON entry.retailer_id = \(retailer) AND entry.transfer_id = transfer.transfer_id
            JOIN statement_account AS span ON span.retailer_id = \(retailer) AND span.account_id = entry.account_id
                AND entry.seq BETWEEN span.from_seq AND span.through_seq AND span.statement_id = \(statement)
            WHERE transfer.retailer_id = \(retailer) AND transfer.transfer_id = \(transfer)
            LIMIT 1
            """
        ) { row in
            let (kind, minor) = (try row.next(TransferKind.self), try row.next(Int64.self))
            let (cause, account) = (try row.next(String.self), try row.next(AccountID.self))
            let campaign = try row.nextOptional(CampaignID.self)
            guard kind == .redemption || kind == .unfunded, let redemption = RedemptionID(cause), let campaign else {
                return (kind, minor, nil)
            }
            let line = DisputedLine(
                transfer: transfer, redemption: redemption, account: account, campaign: campaign, isBorne: kind == .unfunded)
            return (kind, minor, line)
        }
    }

    /// What is left of a line that may be given back. Right under the locks of its accounts: returns take them too. Index:
    /// `redemption_by_id`, the key of `redemption_share`, `redemption_return_by_redemption`.
    func paid(_ line: DisputedLine, at retailer: RetailerID) throws -> PaidLine {
        let share: SQL =
            line.isBorne
            ? """
            SELECT borne_amount AS discount, 0::bigint AS fee
            FROM redemption
            WHERE retailer_id = \(retailer) AND redemption_id = \(line.redemption) AND borne_account_id = \(line.account)
            """
            : """
            SELECT discount_amount AS discount, fee_amount AS fee
            FROM redemption_share
            WHERE retailer_id = \(retailer) AND redemption_id = \(line.redemption) AND account_id = \(line.account)
            """
        let paid = try first(
            """
            SELECT share.discount, share.fee, COALESCE(back.discount, 0), COALESCE(back.fee, 0)
            FROM (\(fragment: share)) AS share
            CROSS JOIN LATERAL (
                SELECT sum(discount_amount + borne_amount)::bigint AS discount, sum(fee_amount)::bigint AS fee
                FROM redemption_return
                WHERE retailer_id = \(retailer) AND redemption_id = \(line.redemption) AND account_id = \(line.account)
            ) AS back
            """
        ) { row in
            PaidLine(
                paidMinor: try row.next(), feeMinor: try row.next(), returnedMinor: try row.next(),
                feeReturnedMinor: try row.next())
        }
        guard let paid else { throw Problem.notFound("redemption") }
        return paid
    }

    /// False where the line is disputed already. Index: `dispute_once`.
    func insert(_ dispute: Dispute, of retailer: RetailerID) throws -> Bool {
        try execute(
            """
            INSERT INTO dispute (
                retailer_id, dispute_id, statement_id, wallet_id, supplier_id, line_id, redemption_id, account_id, campaign_id,
                is_borne, state, amount, reason, opened_by_person, opened_by_key, opened_at
            )
            VALUES (
                \(retailer), \(dispute.id), \(dispute.statement), \(dispute.wallet), \(dispute.supplier),
                \(dispute.line.transfer), \(dispute.line.redemption), \(dispute.line.account), \(dispute.line.campaign),
                \(dispute.line.isBorne), \(dispute.state), \(dispute.amount.minor), \(dispute.reason), \(dispute.opened.person),
                \(dispute.opened.key), \(dispute.opened.at)
            )
            ON CONFLICT DO NOTHING
            """) == 1
    }

    func update(_ dispute: Dispute, of retailer: RetailerID) throws {
        try execute(
            """
            UPDATE dispute
            SET state = \(dispute.state), answer = \(dispute.answer?.text), decided_by_person = \(dispute.decided?.person),
                decided_by_key = \(dispute.decided?.key), decided_at = \(dispute.decided?.at),
                upheld_amount = \(dispute.upheldMinor), fee_amount = \(dispute.given?.feeMinor ?? 0),
                settled_by_person = \(dispute.settled?.person), settled_by_key = \(dispute.settled?.key),
                settled_at = \(dispute.settled?.at), transfer_id = \(dispute.given?.transfer),
                fee_transfer_id = \(dispute.given?.feeTransfer)
            WHERE retailer_id = \(retailer) AND dispute_id = \(dispute.id)
            """)
    }

    func lockDispute(_ id: DisputeID, in books: Books) throws -> Dispute? {
        guard let found = try disputes(in: books, DisputeFilter(only: id), limit: 2).first else { return nil }
        try lockStatements(of: found.wallet, at: books.retailer)
        return try disputes(in: books, DisputeFilter(only: id), limit: 2).first
    }

    /// By id, so by the time at which they were opened.
    func disputes(in books: Books, _ filter: DisputeFilter, limit: Int) throws -> [Dispute] {
        try query(
            """
            SELECT dispute_id, statement_id, wallet_id, supplier_id, line_id, redemption_id, account_id, campaign_id, is_borne,
                amount, reason, opened_by_person, opened_by_key, opened_at, state, answer, decided_by_person, decided_by_key,
                decided_at, upheld_amount, fee_amount, settled_by_person, settled_by_key, settled_at, transfer_id,
                fee_transfer_id
            FROM dispute
            WHERE retailer_id = \(books.retailer)
                AND (\(filter.only)::uuid IS NULL OR dispute_id = \(filter.only))
                AND (\(filter.statement)::uuid IS NULL OR statement_id = \(filter.statement))
                AND (\(filter.wallet)::uuid IS NULL OR wallet_id = \(filter.wallet))
                AND (\(filter.state)::text IS NULL OR state = \(filter.state))
                AND (\(filter.after)::uuid IS NULL OR dispute_id > \(filter.after))
            ORDER BY dispute_id
            LIMIT \(limit)
            """, { row in try Dispute(row: &row, in: books.asset) })
    }
}

extension Dispute {
    fileprivate init(row: inout Row, in asset: Asset) throws {
        id = try row.next()
        statement = try row.next()
        wallet = try row.next()
        supplier = try row.next()
        line = DisputedLine(
            transfer: try row.next(), redemption: try row.next(), account: try row.next(), campaign: try row.next(),
            isBorne: try row.next())
        amount = Money(minor: try row.next(), asset: asset)
        reason = try row.next()
        opened = Signature(person: try row.nextOptional(), key: try row.next(), at: try row.next())
        let (state, text) = (try row.next(DisputeState.self), try row.nextOptional(String.self))
        let decided = try Signature(ifPresent: &row)
        let (upheld, fee) = (try row.nextOptional(Int64.self), try row.next(Int64.self))
        let settled = try Signature(ifPresent: &row)
        let (transfer, feeTransfer) = (try row.nextOptional(TransferID.self), try row.nextOptional(TransferID.self))
        let answer = decided.flatMap { by in text.map { Answer(text: $0, by: by) } }
        switch (state, decided, answer, upheld, settled, transfer) {
        case (.open, _, _, _, _, _): progress = .open
        case (.withdrawn, let by?, _, _, _, _): progress = .withdrawn(by: by)
        case (.rejected, _, let answer?, _, _, _): progress = .rejected(answer)
        case (.upheld, _, let answer?, let minor?, _, _): progress = .upheld(answer, minor: minor)
        case (.settled, _, let answer?, let minor?, let by?, let transfer?):
            progress = .settled(
                answer, by: by, GivenUp(minor: minor, feeMinor: fee, transfer: transfer, feeTransfer: feeTransfer))
        default: throw DatabaseError.decoding("a dispute whose state and columns disagree")
        }
    }
}

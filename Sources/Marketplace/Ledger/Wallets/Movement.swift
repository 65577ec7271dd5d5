import EventLog
import HTTPSupport
package import JSONText
import Kernel
import Postgres
import Tenancy

/// One entry of a wallet as its owner reads it: why, how much, and the balance after it.
package struct Movement: Sendable, Hashable {
    let seq: Int64
    let transfer: TransferID
    let kind: TransferKind
    /// Above zero: into the wallet.
    let amount: Money
    let balanceAfter: Money
    let campaign: CampaignReference?
    let businessDay: BusinessDay
    /// Nil where a supplier must not read it: a single receipt stands behind the transfer (DOMAIN 10).
    let cause: EventSubject?
    let postedAt: Instant?
}

extension Movement: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("seq", seq)
            json.field("transfer_id", transfer)
            json.field("kind", word: kind)
            json.field("amount", amount)
            json.field("balance_after", balanceAfter)
            json.field("campaign_id", campaign)
            json.field("business_day", businessDay)
            json.field("posted_at", postedAt)
            json.name("cause")
            guard let cause else { return json.null() }
            json.object { json in
                json.field("kind", cause.kind)
                json.field("id", cause.id)
            }
        }
    }

    /// Without what tells of one receipt.
    func asSupplierReads() -> Movement {
        switch kind {
        case .redemption, .fee, .return, .feeReturn, .unfunded, .unfundedReturn, .correction:
            Movement(
                seq: seq, transfer: transfer, kind: kind, amount: amount, balanceAfter: balanceAfter, campaign: campaign,
                businessDay: businessDay, cause: nil, postedAt: nil)
        case .topUp, .allocation, .launch, .release, .close, .settlement, .payment, .refund: self
        }
    }
}

/// Which movements are asked for.
struct MovementFilter: Sendable {
    let page: PageRequest
    let kind: TransferKind?
    let from: BusinessDay?
    let to: BusinessDay?
    let campaign: CampaignReference?
    /// Movements before this number: the newest come first.
    let before: Int64?

    init(_ fields: Fields) {
        page = PageRequest(fields)
        kind = fields.wordIfPresent("kind")
        from = fields.dayIfPresent("from")
        to = fields.dayIfPresent("to")
        campaign = fields.idIfPresent("campaign_id")
        before = page.after.flatMap { Int64($0) }
        if page.after != nil, before == nil { fields.refuse("cursor", "bad_cursor", "Is of another list.") }
        if let from, let to, to < from { fields.refuse("to", "out_of_range", "Must not be before from.") }
    }
}

extension Transaction {
    /// The newest first. The account is joined so that its fence holds for its entries too. Served by the key of `entry`.
    func movements(of wallet: Wallet, at retailer: RetailerID, _ filter: MovementFilter) throws -> [Movement] {
        try query(
            """
            SELECT entry.seq, entry.transfer_id, transfer.kind, entry.amount, entry.balance_after, transfer.asset,
                transfer.campaign_id, transfer.business_day, transfer.cause_kind, transfer.cause_id, transfer.posted_at
            FROM account
            JOIN entry ON entry.retailer_id = \(retailer) AND entry.account_id = account.account_id
            JOIN transfer ON transfer.retailer_id = \(retailer) AND transfer.transfer_id = entry.transfer_id
            WHERE account.retailer_id = \(retailer) AND account.account_id = \(wallet.account)
                AND (\(filter.before)::bigint IS NULL OR entry.seq < \(filter.before))
                AND (\(filter.kind)::text IS NULL OR transfer.kind = \(filter.kind))
                AND (\(filter.from)::date IS NULL OR transfer.business_day >= \(filter.from))
                AND (\(filter.to)::date IS NULL OR transfer.business_day <= \(filter.to))
                AND (\(filter.campaign)::uuid IS NULL OR transfer.campaign_id = \(filter.campaign))
            ORDER BY entry.seq DESC
            LIMIT \(filter.page.limit + 1)
            """, { row in try Movement(row: &row) })
    }
}

extension Movement {
    fileprivate init(row: inout Row) throws {
        seq = try row.next()
        transfer = try row.next()
        kind = try row.next()
        let (amount, after) = (try row.next(Int64.self), try row.next(Int64.self))
        let asset = try row.next(Asset.self)
        self.amount = Money(minor: amount, asset: asset)
        balanceAfter = Money(minor: after, asset: asset)
        campaign = try row.nextOptional()
        businessDay = try row.next()
        cause = EventSubject(kind: try row.next(), id: try row.next())
        postedAt = try row.next()
    }
}

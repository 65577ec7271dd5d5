import Campaigns
import EventLog
import JSONText
import Kernel
import Ledger
import Parties
import Postgres
import Receipts

/// A return gives back what was paid of its lines, to the campaign's account, or to the wallet after the close.
struct ReturnRedemptions: Sendable {
    let returned: [ReturnedLine]
    /// The receipt that brings the lines back.
    let by: StoredKey
    let world: OutsideWorld

    func run(in tx: borrowing Transaction, of retailer: RetailerID) throws {
        var originals: [SoldLineKey: Int32] = [:]
        for line in returned { if let original = line.original { originals[original] = line.lineNo } }
        guard !originals.isEmpty else { return }
        let redemptions = try tx.paidRedemptions(onLines: Array(originals.keys), at: retailer)
        let givenBack = redemptions.compactMap { redemption -> GivenBack? in
            let discounted = ReturnShare.discountedReturned(
                returnedMilli: redemption.returnedMilli, lineMilli: redemption.quantityMilli,
                discountedMilli: redemption.discountedMilli)
            let line = originals[SoldLineKey(key: redemption.key, lineNo: redemption.lineNo)] ?? 0
            return GivenBack(redemption, discountedReturned: discounted, lineNo: line)
        }
        try tx.giveBack(givenBack, by: by, world: world, retailer: retailer)
    }
}

/// A void gives back all that was paid of the sale that it undoes.
struct VoidRedemptions: Sendable {
    let voided: StoredKey
    let by: StoredKey
    let world: OutsideWorld

    func run(in tx: borrowing Transaction, of retailer: RetailerID) throws {
        let lines = try tx.redeemedLines(of: voided, at: retailer)
        guard !lines.isEmpty else { return }
        let givenBack = try tx.paidRedemptions(onLines: lines, at: retailer).compactMap {
            GivenBack($0, discountedReturned: $0.discountedMilli, lineNo: $0.lineNo)
        }
        try tx.giveBack(givenBack, by: by, world: world, retailer: retailer)
    }
}

/// One wallet's part of what a return gives back.
struct GivenBack: Sendable {
    let redemption: PaidRedemption
    let share: ReturnShare
    /// The line of the return.
    let lineNo: Int32
    let quantityMilli: Int64

    /// Nil where nothing is left to give back.
    init?(_ redemption: PaidRedemption, discountedReturned: Int64, lineNo: Int32) {
        guard redemption.discountedMilli > 0, discountedReturned > 0 else { return nil }
        let share = ReturnShare(
            paid: redemption.paid, before: redemption.before, returnedMilli: discountedReturned, of: redemption.discountedMilli)
        guard share.discountMinor > 0 || share.feeMinor > 0 else { return nil }
        self.redemption = redemption
        self.share = share
        self.lineNo = lineNo
        quantityMilli = discountedReturned
    }
}

extension Transaction {
    fileprivate func giveBack(
        _ parts: [GivenBack], by key: StoredKey, world: OutsideWorld, retailer: RetailerID
    ) throws {
        guard !parts.isEmpty, let asset = try self.retailer(retailer)?.asset else { return }
        var plan = PostingPlan()
        plan.accounts = Set(parts.flatMap { [AccountID($0.redemption.account), AccountID($0.redemption.wallet)] })
        let suppliers = Set(try accounts(plan.accounts, of: retailer).map(\.supplier))
        plan.opening = Set(suppliers.map { .payable(asset, owner: $0) } + [.fee(asset)])
        var posting = try openPosting(plan, of: retailer)
        for part in parts {
            for transfer in part.transfers(posting.accounts, by: key, asset: asset, retailer: retailer) {
                try posting.post(transfer)
            }
        }
        try settle(posting, at: posting.now)
        try insert(parts, by: key, at: posting.now, retailer)
        let events = parts.map { $0.event(asset) }
        try append(events, to: retailer, ids: events.map { _ in world.newID() }, at: posting.now)
    }

    private func insert(_ parts: [GivenBack], by key: StoredKey, at now: Instant, _ retailer: RetailerID) throws {
        try execute(
            """
            INSERT INTO redemption_return (
                retailer_id, return_business_day, return_store_ordinal, return_till, return_shift, return_number,
                return_line_no, redemption_id, account_id, quantity_milli, discount_amount, fee_amount, posted_at
            )
            SELECT \(retailer), \(key.businessDay), \(key.storeOrdinal), \(key.till), \(key.shift), \(key.number), new.line_no,
                new.redemption_id, new.account_id, new.quantity, new.discount, new.fee, \(now)
            FROM unnest(
                \(parts.map(\.lineNo)), \(parts.map(\.redemption.id)), \(parts.map(\.redemption.account)),
                \(parts.map(\.quantityMilli)), \(parts.map(\.share.discountMinor)), \(parts.map(\.share.feeMinor))
            ) AS new (line_no, redemption_id, account_id, quantity, discount, fee)
            """)
    }
}

extension GivenBack {
    /// From what is owed to the retailer and from the fee, back to where it came from.
    fileprivate func transfers(
        _ accounts: [AccountID: Account], by key: StoredKey, asset: Asset, retailer: RetailerID
    ) -> [NewTransfer] {
        let target = AccountID(redemption.isClosed ? redemption.wallet : redemption.account)
        let supplier = accounts[AccountID(redemption.account)]?.supplier
        let leg = "\(redemption.account) \(key.businessDay) \(key.storeOrdinal) \(key.till) \(key.shift) \(key.number) \(lineNo)"
        let make = { (kind: TransferKind, debit: SharedAccount, minor: Int64) in
            NewTransfer(
                id: DerivedID.make(retailer, key: "\(kind.rawValue) \(redemption.id)", leg: leg), kind: kind,
                debit: debit.id(at: retailer), credit: target, amount: Money(minor: minor, asset: asset),
                campaign: redemption.campaign.value, cause: EventSubject(redemption.id), businessDay: key.businessDay)
        }
        var transfers: [NewTransfer] = []
        if share.discountMinor > 0 {
            transfers.append(make(.return, .payable(asset, owner: supplier), share.discountMinor))
        }
        if share.feeMinor > 0 { transfers.append(make(.feeReturn, .fee(asset), share.feeMinor)) }
        return transfers
    }

    fileprivate func event(_ asset: Asset) -> Event {
        var event = Event("redemption.returned", about: EventSubject(redemption.campaign)) { json in
            json.field("campaign_id", redemption.campaign)
            json.field("redemption_id", redemption.id)
            json.field("discount", Money(minor: share.discountMinor, asset: asset))
            json.field("fee", Money(minor: share.feeMinor, asset: asset))
        }
        event.campaign = redemption.campaign.value
        event.amountMinor = share.discountMinor
        return event
    }
}

import Campaigns
import EventLog
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
        let lines = originals
        try tx.giveBack(onLines: Array(lines.keys), by: by, world: world, retailer: retailer) { redemption in
            let discounted = ReturnShare.discountedReturned(
                returnedMilli: redemption.returnedMilli, lineMilli: redemption.quantityMilli,
                discountedMilli: redemption.discountedMilli,
                provenDiscounted: redemption.unit == .piece
                    ? redemption.proof.discountedMilli(
                        returnedMilli: redemption.returnedMilli, lineMilli: redemption.quantityMilli,
                        discountedMilli: redemption.discountedMilli) : 0)
            let line = lines[SoldLineKey(key: redemption.key, lineNo: redemption.lineNo)] ?? 0
            return GivenBack(redemption, discountedReturned: discounted, lineNo: line)
        }
    }
}

/// A void gives back all that was paid of the sale that it undoes.
struct VoidRedemptions: Sendable {
    let voided: StoredKey
    let by: StoredKey
    let world: OutsideWorld

    func run(in tx: borrowing Transaction, of retailer: RetailerID) throws {
        let lines = try tx.redeemedLines(of: voided, at: retailer)
        try tx.giveBack(onLines: lines, by: by, world: world, retailer: retailer) {
            GivenBack($0, discountedReturned: $0.discountedMilli, lineNo: $0.lineNo)
        }
    }
}

extension Transaction {
    /// Reads once to know what to lock, and again under the locks: a campaign may close, a budget be given back meanwhile.
    fileprivate func giveBack(
        onLines lines: [SoldLineKey], by key: StoredKey, world: OutsideWorld, retailer: RetailerID,
        _ share: (PaidRedemption) -> GivenBack?
    ) throws {
        guard !lines.isEmpty else { return }
        let found = try paidRedemptions(onLines: lines, at: retailer)
        guard !found.isEmpty, let asset = try self.retailer(retailer)?.asset else { return }
        var plan = PostingPlan()
        plan.accounts = Set(found.flatMap { [AccountID($0.account), AccountID($0.wallet)] })
        let suppliers = Set(try accounts(plan.accounts, of: retailer).map(\.supplier))
        plan.opening = Set(suppliers.map { .payable(asset, owner: $0) } + [.fee(asset)])
        var posting = try openPosting(plan, of: retailer)
        let parts = try paidRedemptions(onLines: lines, at: retailer).compactMap(share).countingUnitsOnce()
        guard !parts.isEmpty else { return }
        for part in parts {
            for transfer in part.transfers(posting.accounts, by: key, asset: asset, retailer: retailer) {
                try posting.post(transfer)
            }
        }
        try settle(posting, at: posting.now)
        try insert(parts, by: key, at: posting.now, retailer)
        try uncount(parts.flatMap { $0.limitChanges(on: key.businessDay) }.summed(), at: retailer)
        let borne = parts.filter { $0.share.borneMinor > 0 }
        try uncountBorne(borne.map(\.redemption.id), borne.map(\.share.borneMinor), at: retailer)
        let events = parts.map { $0.event(asset) }
        try append(events, to: retailer, ids: events.map { _ in world.newID() }, at: posting.now)
    }

    private func insert(_ parts: [GivenBack], by key: StoredKey, at now: Instant, _ retailer: RetailerID) throws {
        try execute(
            """
            INSERT INTO redemption_return (
                retailer_id, return_business_day, return_store_ordinal, return_till, return_shift, return_number,
                return_line_no, redemption_id, account_id, quantity_milli, discount_amount, fee_amount, borne_amount, units,
                posted_at
            )
            SELECT \(retailer), \(key.businessDay), \(key.storeOrdinal), \(key.till), \(key.shift), \(key.number), new.line_no,
                new.redemption_id, new.account_id, new.quantity, new.discount, new.fee, new.borne, new.units, \(now)
            FROM unnest(
                \(parts.map(\.lineNo)), \(parts.map(\.redemption.id)), \(parts.map(\.redemption.account)),
                \(parts.map(\.quantityMilli)), \(parts.map(\.share.discountMinor)), \(parts.map(\.share.feeMinor)),
                \(parts.map(\.share.borneMinor)), \(parts.map(\.units))
            ) AS new (line_no, redemption_id, account_id, quantity, discount, fee, borne, units)
            """)
    }
}

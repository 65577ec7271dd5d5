import Campaigns
import EventLog
import Kernel
import Ledger
import Parties
import Postgres
import Receipts

/// Returns give back what was paid of their lines, to the campaigns' accounts, or to the wallets after the close; voids give
/// back all that was paid of their sales. Those that come together are written together.
struct GiveBackDiscounts: Sendable {
    let corrections: [Correction]
    let world: OutsideWorld

    /// An accepted return or void.
    struct Correction: Sendable {
        /// The receipt that brings the lines back.
        let by: StoredKey
        /// The lines of a return.
        let returned: [ReturnedLine]
        /// The sale that a void undoes.
        let voided: StoredKey?
    }

    func run(in tx: borrowing Transaction, of retailer: RetailerID) throws {
        var givers: [SoldLineKey: Giver] = [:]
        for correction in corrections {
            for (line, giver) in try self.givers(of: correction, in: tx, retailer) {
                // What came back so far is read for the line, not for each return of it: one line, one return.
                guard givers.updateValue(giver, forKey: line) == nil else { throw WantsToStandAlone() }
            }
        }
        guard !givers.isEmpty else { return }
        try giveBack(givers, in: tx, of: retailer)
    }

    private func givers(
        of correction: Correction, in tx: borrowing Transaction, _ retailer: RetailerID
    ) throws -> [SoldLineKey: Giver] {
        var givers: [SoldLineKey: Giver] = [:]
        for line in correction.returned {
            if let original = line.original { givers[original] = Giver(by: correction.by, returnLine: line.lineNo) }
        }
        if let voided = correction.voided {
            for line in try tx.redeemedLines(of: voided, at: retailer) {
                givers[line] = Giver(by: correction.by, returnLine: nil)
            }
        }
        return givers
    }

    /// Reads once to know what to lock, and again under the locks: a campaign may close, a budget be given back meanwhile.
    private func giveBack(
        _ givers: [SoldLineKey: Giver], in tx: borrowing Transaction, of retailer: RetailerID
    ) throws {
        let lines = Array(givers.keys)
        let found = try tx.paidRedemptions(onLines: lines, at: retailer)
        guard !found.isEmpty, let asset = try tx.retailer(retailer)?.asset else { return }
        var plan = PostingPlan()
        plan.accounts = Set(found.flatMap { [AccountID($0.account), AccountID($0.wallet)] })
        let suppliers = Set(try tx.accounts(plan.accounts, of: retailer).map(\.supplier))
        plan.opening = Set(suppliers.map { .payable(asset, owner: $0) } + [.fee(asset)])
        var posting = try tx.openPosting(plan, of: retailer)
        let parts = try tx.paidRedemptions(onLines: lines, at: retailer).compactMap { redemption in
            givers[SoldLineKey(key: redemption.key, lineNo: redemption.lineNo)]?.part(of: redemption)
        }.countingUnitsOnce()
        guard !parts.isEmpty else { return }
        for part in parts {
            for transfer in part.transfers(posting.accounts, asset: asset, retailer: retailer) { try posting.post(transfer) }
        }
        try write(parts, posting, asset, in: tx, of: retailer)
    }

    private func write(
        _ parts: [GivenBack], _ posting: Posting, _ asset: Asset, in tx: borrowing Transaction, of retailer: RetailerID
    ) throws {
        try tx.settle(posting, at: posting.now)
        try tx.insert(parts, at: posting.now, retailer)
        try tx.uncount(parts.flatMap(\.limitChanges).summed(), at: retailer)
        let borne = parts.filter { $0.share.borneMinor > 0 }
        try tx.uncountBorne(borne.map(\.redemption.id), borne.map(\.share.borneMinor), at: retailer)
        let events = parts.filter { !$0.share.isNothing }.map { $0.event(asset) }
        try tx.append(events, to: retailer, ids: events.map { _ in world.newID() }, at: posting.now)
    }
}

/// What brings a sold line back.
private struct Giver {
    let by: StoredKey
    /// The line of the return; nil for a void, which gives back all.
    let returnLine: Int32?

    func part(of redemption: PaidRedemption) -> GivenBack? {
        guard let returnLine else {
            return GivenBack(redemption, discountedReturned: redemption.discountedMilli, by: by, lineNo: redemption.lineNo)
        }
        let proven =
            redemption.unit == .piece
            ? redemption.proof.discountedMilli(
                returnedMilli: redemption.returnedMilli, lineMilli: redemption.quantityMilli,
                discountedMilli: redemption.discountedMilli) : 0
        let discounted = ReturnShare.discountedReturned(
            returnedMilli: redemption.returnedMilli, lineMilli: redemption.quantityMilli,
            discountedMilli: redemption.discountedMilli, provenDiscounted: proven)
        return GivenBack(redemption, discountedReturned: discounted, by: by, lineNo: returnLine)
    }
}

extension Transaction {
    fileprivate func insert(_ parts: [GivenBack], at now: Instant, _ retailer: RetailerID) throws {
        try execute(
            """
            INSERT INTO redemption_return (
                retailer_id, return_business_day, return_store_ordinal, return_till, return_shift, return_number,
                return_line_no, redemption_id, account_id, quantity_milli, discount_amount, fee_amount, borne_amount, units,
                paced_amount, posted_at
            )
            SELECT \(retailer), new.business_day, new.store_ordinal, new.till, new.shift, new.number, new.line_no,
                new.redemption_id, new.account_id, new.quantity, new.discount, new.fee, new.borne, new.units, new.paced,
                \(now)
            FROM unnest(
                \(parts.map(\.by.businessDay)), \(parts.map(\.by.storeOrdinal)), \(parts.map(\.by.till)),
                \(parts.map(\.by.shift)), \(parts.map(\.by.number)), \(parts.map(\.lineNo)), \(parts.map(\.redemption.id)),
                \(parts.map(\.redemption.account)), \(parts.map(\.quantityMilli)), \(parts.map(\.share.discountMinor)),
                \(parts.map(\.share.feeMinor)), \(parts.map(\.share.borneMinor)), \(parts.map(\.units)),
                \(parts.map(\.pacedMinor))
            ) AS new (
                business_day, store_ordinal, till, shift, number, line_no, redemption_id, account_id, quantity, discount, fee,
                borne, units, paced
            )
            """)
    }
}

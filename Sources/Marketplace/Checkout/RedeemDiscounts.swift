import Campaigns
import EventLog
import Kernel
import Ledger
import Postgres
import Receipts
import Shoppers

/// Pays the discounts of an accepted sale.
struct RedeemDiscounts: Sendable {
    let receipt: Receipt
    let stored: StoredKey
    let filed: FiledReceipts
    let receivedAt: Instant
    let key: QuoteKey
    let world: OutsideWorld

    func run(in tx: borrowing Transaction, of retailer: RetailerID) throws -> [Redemption] {
        let situation = try tx.saleSituation(receipt, stored, filed, retailer: retailer)
        let due = try tx.dueQuotes(on: situation.accounts, at: retailer)
        var plan = PostingPlan()
        plan.accounts = Set(situation.accounts + situation.bearings.values.map(\.account))
        plan.add(try tx.holds(ofQuotes: Set(quoteIDs + due).sorted().map(\.value), at: retailer))
        plan.opening = situation.owedAccounts
        var posting = try tx.openPosting(plan, of: retailer)
        try tx.expire(Set(quoteIDs + due).sorted(), in: &posting)
        let claims = ClaimReader(
            receipt: receipt, stored: stored, situation: situation, quotes: try tx.heldQuotes(quoteIDs, of: retailer),
            now: posting.now, receivedAt: receivedAt, key: key,
            formerKeys: try formerKeys(of: situation.basket.shopper, in: tx, retailer)
        ).claims(products: filed.productOrdinals)
        let rows = try decide(claims, situation, posting, in: tx, retailer)
        try pay(rows, from: Set(claims.compactMap(\.basis.heldQuote)), in: tx, &posting, situation, retailer)
        return rows.map(\.redemption)
    }

    /// What each claim is paid and who bears what is not, one after the other: they share what is left.
    private func decide(
        _ claims: [RedemptionClaim], _ situation: CheckoutSituation, _ posting: Posting, in tx: borrowing Transaction,
        _ retailer: RetailerID
    ) throws -> [RedemptionRow] {
        let left = Availability(
            money: Dictionary(situation.accounts.map { ($0.value, posting.available(on: $0)) }) { first, _ in first },
            units: try tx.unitsLeft(of: situation.limits, at: retailer))
        let bearings = situation.bearings
        var bearing = BearingDecision(
            bearings,
            borne: try tx.borne(
                under: Set(bearings.values.map(\.agreement)).sorted(), inMonthOf: stored.businessDay, at: retailer),
            available: Dictionary(bearings.values.map { ($0.account, posting.available(on: $0.account)) }) { first, _ in first },
            in: situation.clock.asset)
        let decisions = ReceiptDecision(
            claims, campaigns: situation.campaigns, basket: situation.basket, left: left
        ).decisions
        return zip(claims, decisions).map { claim, decision in
            let borne = bearing.take(
                claim.claimedMinor - decision.fundedMinor, of: claim.campaign, because: decision.reason)
            return RedemptionRow(
                claim: claim, decision: decision, borne: borne,
                campaign: situation.campaigns.first { $0.id == claim.campaign },
                supplier: situation.supplier(of: claim.campaign), id: id(of: claim, at: retailer))
        }
    }

    /// Moves the money, stores the claims, counts the limits, ends the holds, tells of it.
    private func pay(
        _ rows: [RedemptionRow], from live: Set<QuoteID>, in tx: borrowing Transaction, _ posting: inout Posting,
        _ situation: CheckoutSituation, _ retailer: RetailerID
    ) throws {
        var byHold: [HoldID: [NewTransfer]] = [:]
        for row in rows {
            for part in row.decision.split?.parts ?? [] {
                let transfers = row.transfers(part, posting.accounts[AccountID(part.account)], situation, stored.businessDay)
                if let quote = row.claim.basis.heldQuote {
                    byHold[HoldID.of(quote, on: part.account, at: retailer), default: []] += transfers
                } else {
                    for transfer in transfers { try posting.post(transfer) }
                }
            }
            if let transfer = row.borneTransfer(situation, stored.businessDay) { try posting.post(transfer) }
        }
        for (hold, transfers) in byHold.sorted(by: { $0.key < $1.key }) { try posting.post(hold, with: transfers) }
        for quote in live.sorted() {
            posting.release(quote: quote.value)
            try tx.resolve(quote, as: .posted, at: posting.now, of: retailer)
        }
        let expired = Set(rows.compactMap(\.claim.basis.expiredQuote))
        try tx.markPosted(expired.sorted(), at: posting.now, of: retailer)
        try tx.settle(posting, at: posting.now)
        try tx.attachMonths(for: stored.businessDay)
        try tx.insert(rows, of: receipt, stored, shopper: situation.basket.shopper?.key, at: posting.now, retailer)
        try tx.count(rows.flatMap { $0.limitChanges(in: situation) }.summed(), at: retailer)
        try tx.countBorne(rows.compactMap(\.borne), on: stored.businessDay, at: retailer)
        let moves = try tx.firstSeen(situation.priceMoves, on: stored.businessDay, at: posting.now, of: retailer)
        let events = rows.map { $0.event(situation) } + moves.map { $0.event(situation.clock.asset) }
        try tx.append(events, to: retailer, ids: events.map { _ in world.newID() }, at: posting.now)
    }

    private func formerKeys(
        of shopper: BasketShopper?, in tx: borrowing Transaction, _ retailer: RetailerID
    ) throws -> Set<Int64> {
        guard let shopper else { return [] }
        return Set(try tx.formerKeys(of: shopper.key, at: retailer))
    }

    /// The ids of held quotes that the receipt names.
    private var quoteIDs: [QuoteID] {
        Set(receipt.lines.flatMap { $0.discounts.compactMap { $0.quoteID.flatMap(QuoteID.init) } }).sorted()
    }

    /// Follows from what it is for, so that a retry meets itself; and from the server's key, so that a supplier who sees
    /// the id cannot try which till and receipt it is of (DOMAIN 10).
    private func id(of claim: RedemptionClaim, at retailer: RetailerID) -> RedemptionID {
        let line = "\(stored.businessDay) \(stored.storeOrdinal) \(stored.till) \(stored.shift) \(stored.number)"
        let name = "redemption \(line)\0\(claim.line.lineNo) \(claim.campaign)"
        return RedemptionID(DerivedID.identifier(in: retailer.value, named: key.signature(of: Array(name.utf8))))
    }
}

extension HoldID {
    /// The hold of a quote on one account, as `MakeQuote` placed it.
    static func of(_ quote: QuoteID, on account: Identifier, at retailer: RetailerID) -> HoldID {
        DerivedID.make(retailer, key: "hold \(quote)", leg: "\(account)")
    }
}

import Campaigns
import Kernel
import Ledger
import Parties
import Receipts
import Shoppers

/// Decides the sales of a batch one after the other, over locked accounts. Pure: each sale finds what those before it left
/// of money, limits, caps and held quotes.
struct SalesDecision {
    /// A sale with what was decided on its discounts.
    struct Decided: Sendable {
        let sale: PostedSale
        let situation: CheckoutSituation
        let rows: [RedemptionRow]
    }

    private(set) var posting: Posting
    private var left: BatchLeft
    private let receivedAt: Instant
    private let key: QuoteKey
    private let formerKeys: [ShopperKey: Set<ShopperKey>]
    private let products: [ExternalID: Int32]
    private(set) var decided: [Decided] = []
    /// Held quotes that were paid by.
    private(set) var paidQuotes: Set<QuoteID> = []
    /// Quotes whose holds had expired and that were honoured, once.
    private(set) var expiredQuotes: Set<QuoteID> = []

    init(
        posting: Posting, left: BatchLeft, receivedAt: Instant, key: QuoteKey, formerKeys: [ShopperKey: Set<ShopperKey>],
        products: [ExternalID: Int32]
    ) {
        self.posting = posting
        self.left = left
        self.receivedAt = receivedAt
        self.key = key
        self.formerKeys = formerKeys
        self.products = products
    }

    mutating func decide(_ sale: PostedSale, _ situation: CheckoutSituation) throws {
        let claims = ClaimReader(
            receipt: sale.receipt, stored: sale.stored, situation: situation,
            quotes: left.quotes.named(by: sale.receipt), now: posting.now, receivedAt: receivedAt, key: key,
            formerKeys: situation.basket.shopper.flatMap { formerKeys[$0.key] } ?? []
        ).claims(products: products)
        let rows = decide(claims, sale, situation)
        try pay(rows, sale, situation)
        end(Set(claims.compactMap(\.basis.heldQuote)), Set(claims.compactMap(\.basis.expiredQuote)))
        left.count(rows, in: situation, on: sale.stored.businessDay)
        decided.append(Decided(sale: sale, situation: situation, rows: rows))
    }

    /// What each claim is paid and who bears what is not.
    private func decide(
        _ claims: [RedemptionClaim], _ sale: PostedSale, _ situation: CheckoutSituation
    ) -> [RedemptionRow] {
        let money = Dictionary(situation.accounts.map { ($0.value, posting.available(on: $0)) }) { first, _ in first }
        let wallets = situation.bearings.values.map(\.account)
        var bearing = BearingDecision(
            situation.bearings, borne: left.borne[sale.stored.businessDay.startOfMonth] ?? [:],
            available: Dictionary(wallets.map { ($0, posting.available(on: $0)) }) { first, _ in first },
            in: situation.clock.asset)
        let decisions = ReceiptDecision(
            claims, campaigns: situation.campaigns, basket: situation.basket,
            left: situation.availability(money: money, left.counters),
            stacking: Stacking(situation.policy.settings)
        ).decisions
        return zip(claims, decisions).map { claim, decision in
            let borne = bearing.take(
                claim.claimedMinor - decision.fundedMinor, of: claim.campaign, because: decision.reason)
            return RedemptionRow(
                claim: claim, decision: decision, borne: borne,
                campaign: situation.campaigns.first { $0.id == claim.campaign },
                supplier: situation.supplier(of: claim.campaign), id: id(of: claim, sale.stored, at: posting.retailer),
                depthBP: situation.basket.shopper?.depthsBP[claim.campaign])
        }
    }

    private mutating func pay(_ rows: [RedemptionRow], _ sale: PostedSale, _ situation: CheckoutSituation) throws {
        var byHold: [HoldID: [NewTransfer]] = [:]
        for row in rows {
            for part in row.decision.split?.parts ?? [] {
                let transfers = row.transfers(
                    part, posting.accounts[AccountID(part.account)], situation, sale.stored.businessDay)
                if let quote = row.claim.basis.heldQuote {
                    byHold[HoldID.of(quote, on: part.account, at: posting.retailer), default: []] += transfers
                } else {
                    for transfer in transfers { try posting.post(transfer) }
                }
            }
            if let transfer = row.borneTransfer(situation, sale.stored.businessDay) { try posting.post(transfer) }
        }
        for (hold, transfers) in byHold.sorted(by: { $0.key < $1.key }) { try posting.post(hold, with: transfers) }
    }

    /// What a quote kept and was not paid is free again, for the next sale too.
    private mutating func end(_ held: Set<QuoteID>, _ expired: Set<QuoteID>) {
        for quote in held.sorted() {
            posting.release(quote: quote.value)
            left.free(quote)
        }
        left.quotes.end(held.union(expired), as: .posted)
        paidQuotes.formUnion(held)
        expiredQuotes.formUnion(expired)
    }

    /// Follows from what it is for, so that a retry meets itself; and from the server's key, so that a supplier who sees
    /// the id cannot try which till and receipt it is of (DOMAIN 10).
    private func id(of claim: RedemptionClaim, _ stored: StoredKey, at retailer: RetailerID) -> RedemptionID {
        let line = "\(stored.businessDay) \(stored.storeOrdinal) \(stored.till) \(stored.shift) \(stored.number)"
        let name = "redemption \(line)\0\(claim.line.lineNo) \(claim.campaign)"
        return RedemptionID(DerivedID.identifier(in: retailer.value, named: key.signature(of: Array(name.utf8))))
    }
}

extension HoldID {
    /// The hold of a quote on one account, as `HoldsDecision` placed it.
    static func of(_ quote: QuoteID, on account: Identifier, at retailer: RetailerID) -> HoldID {
        DerivedID.make(retailer, key: "hold \(quote)", leg: "\(account)")
    }
}

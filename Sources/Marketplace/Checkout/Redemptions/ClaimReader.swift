import Campaigns
import Kernel
import Offers
import Parties
import Postgres
import Receipts

/// Finds on what each claimed discount of a sale rests: a live hold, an expired one, a signed quote, the rules at the
/// moment of sale, or nothing.
struct ClaimReader {
    let receipt: Receipt
    let stored: StoredKey
    let situation: CheckoutSituation
    let quotes: [(quote: HeldQuote, discounts: [HeldDiscount])]
    let now: Instant
    let receivedAt: Instant
    let key: QuoteKey
    /// Keys of the shopper before a merge: a signed quote may still name one.
    var formerKeys: Set<Int64> = []

    private var origin: ReceiptOrigin { .till(lateReceiptDays: situation.policy.lateReceiptDays) }

    func claims(products: [ExternalID: Int32]) -> [RedemptionClaim] {
        let rules = SaleTerms(receipt, situation)
        return receipt.lines.flatMap { line in
            let basketLine = BasketLine(line, product: products[line.productID] ?? 0)
            return line.discounts.sorted { $0.campaignID < $1.campaignID }.map { discount in
                let campaign = CampaignID(discount.campaignID.value)
                return RedemptionClaim(
                    line: basketLine, campaign: campaign, claimedMinor: discount.amount,
                    basis: basis(basketLine, campaign, discount.quoteID, rules))
            }
        }
    }

    private func basis(
        _ line: BasketLine, _ id: CampaignID, _ quote: String?, _ rules: SaleTerms
    ) -> RedemptionClaim.Basis {
        guard let campaign = situation.campaigns.first(where: { $0.id == id }) else {
            return .nothing(situation.closed[id] == nil ? .unknownCampaign : .afterClose)
        }
        if let quote, let found = quoted(line, campaign, quote, rules) { return found }
        if origin.isClockSuspect(soldAt: receipt.soldAt, receivedAt: receivedAt) { return .nothing(.clockSuspect) }
        guard let terms = rules.terms(of: campaign, on: line) else { return .nothing(.noQuote) }
        return .terms(terms)
    }

    private func quoted(
        _ line: BasketLine, _ campaign: RunningCampaign, _ text: String, _ rules: SaleTerms
    ) -> RedemptionClaim.Basis? {
        if let id = QuoteID(text) {
            guard let (quote, discounts) = quotes.first(where: { $0.quote.id == id }),
                quote.store == stored.storeOrdinal, quote.shopper == situation.basket.shopper?.key,
                let terms = discounts.first(where: {
                    $0.lineNo == line.lineNo && $0.campaign == campaign.id && $0.product == line.product
                })
            else { return nil }
            let together = discounts.filter { $0.campaign == campaign.id }.map {
                QuotedUnits(lineNo: $0.lineNo, product: $0.product, units: $0.units)
            }
            let frozen = rules.together(terms.terms(for: line), of: campaign, on: line, quoted: together)
            switch quote.state {
            case .pending where now < quote.expiresAt:
                let kept = KeptDiscount(
                    units: terms.units, amountMinor: terms.amountMinor, businessDay: quote.businessDay,
                    takenOver: terms.takenOver)
                return .held(frozen, kept: kept)
            case .pending, .expired:
                // A hold that has expired is honoured as long as a quote without one, and once: then it is posted.
                return receivedAt < quote.quotedAt.adding(seconds: QuoteToken.validSeconds) ? .expiredHold(frozen) : nil
            case .posted, .released, .replaced: return nil
            }
        }
        guard let token = QuoteToken(text, signedWith: key), token.retailer == situation.retailer,
            token.store == stored.storeOrdinal, names(token, receipt.shopperID),
            receivedAt < token.quotedAt.adding(seconds: QuoteToken.validSeconds),
            let terms = token.discounts.first(where: {
                $0.lineNo == line.lineNo && $0.campaign == campaign.id.value && $0.product == line.product
            })
        else { return nil }
        let together = token.discounts.filter { $0.campaign == campaign.id.value }.map {
            QuotedUnits(lineNo: $0.lineNo, product: $0.product, units: $0.units)
        }
        return .terms(rules.together(terms.terms(for: line), of: campaign, on: line, quoted: together))
    }

    /// A shopper whom nobody knew when the quote was made has a key since this receipt.
    private func names(_ token: QuoteToken, _ shopper: ExternalID?) -> Bool {
        if token.shopperKey == situation.basket.shopper?.key ?? 0 || formerKeys.contains(token.shopperKey) { return true }
        return shopper.map { key.strangerKeys(of: $0, at: situation.retailer).contains(token.shopperKey) } ?? false
    }
}

extension HeldDiscount {
    /// The frozen terms, for no more than was quoted.
    fileprivate func terms(for line: BasketLine) -> QuoteTerms {
        QuoteTerms(quote: quote.value, version: version, units: units, amountMinor: amountMinor)
            .cut(to: line, quotedMilli: quantityMilli)
    }
}

extension QuoteToken.Discount {
    /// What was signed, for no more than was quoted.
    fileprivate func terms(for line: BasketLine) -> QuoteTerms {
        QuoteTerms(quote: nil, version: version, units: units, amountMinor: amountMinor)
            .cut(to: line, quotedMilli: quantityMilli)
    }
}

extension BasketLine {
    init(_ line: ReceiptLine, product: Int32) {
        self.init(
            lineNo: line.lineNo, product: product, quantityMilli: line.quantityMilli, unit: line.unit,
            regularMinor: line.regularAmount, baseMinor: line.baseAmount, isClosed: line.isClosed)
    }
}

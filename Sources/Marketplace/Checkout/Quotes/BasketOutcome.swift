import Campaigns
import JSONText
import Kernel
import Ledger
import Offers

/// What a basket gets, for whoever reads it: each line's discounts with who pays them and what is left, and why other offers
/// that touch the basket do not apply.
struct BasketOutcome: Sendable {
    let basket: Basket
    let decision: QuoteDecision
    let asset: Asset
    /// The retailer's.
    private let language: String
    private let campaigns: [CampaignID: RunningCampaign]

    init(_ situation: CheckoutSituation, _ decision: QuoteDecision) {
        basket = situation.basket
        self.decision = decision
        asset = situation.clock.asset
        language = situation.clock.language
        campaigns = Dictionary(situation.campaigns.map { ($0.id, $0) }) { first, _ in first }
    }

    /// Members of an open object.
    func write(to json: inout JSONWriter, for reader: LanguagePreferences) {
        let labels = labels(for: reader)
        let byLine = Dictionary(grouping: decision.discounts, by: \.lineNo)
        json.field("total_discount", Money(minor: decision.discounts.reduce(0) { $0 + $1.amountMinor }, asset: asset))
        json.array("lines", basket.lines) { json, line in
            json.object { json in
                json.field("line_no", line.lineNo)
                json.field("regular_amount", line.regularMinor)
                json.field("base_amount", line.baseMinor)
                let discounts = byLine[line.lineNo] ?? []
                json.field("offer_amount", line.baseMinor - discounts.reduce(0) { $0 + $1.amountMinor })
                json.array("discounts", discounts) { json, discount in
                    write(discount, labels[discount.campaign] ?? "", to: &json)
                }
            }
        }
        let language = QuoteReason.language(for: reader, retailer: language)
        json.array("reasons", decision.refused) { json, refused in
            json.object { json in
                json.field("line_no", refused.lineNo)
                json.field("campaign_id", refused.campaign)
                json.field("reason", word: refused.reason)
                json.field("units", refused.units)
                json.field("text", refused.reason.text(in: language))
            }
        }
    }

    /// What the shopper reads of each campaign that gives something.
    private func labels(for reader: LanguagePreferences) -> [CampaignID: String] {
        let given = Set(decision.discounts.map(\.campaign))
        return campaigns.filter { given.contains($0.key) }.mapValues { campaign in
            OfferWords.label(campaign.label, FundedBy(campaign.shares), for: reader, retailer: language).text
        }
    }

    private func write(_ discount: QuoteDecision.Discount, _ label: String, to json: inout JSONWriter) {
        json.object { json in
            json.field("campaign_id", discount.campaign)
            json.field("name", campaigns[discount.campaign]?.name ?? "")
            json.field("label", label)
            json.field("units", discount.units)
            json.field("amount", discount.amountMinor)
            guard let campaign = campaigns[discount.campaign] else { return }
            json.field("funded_by", word: FundedBy(campaign.shares))
            json.array("shares", discount.split.parts) { json, part in
                json.object { json in
                    let share = campaign.shares.first { $0.account == part.account }
                    json.field("wallet_id", share.map { WalletID($0.wallet) })
                    json.field("amount", part.discountMinor)
                }
            }
            json.object("limits_left") { json in
                let bound = campaign.limits(for: basket).map(\.key)
                json.field("units", decision.left.unitsLeft(of: bound, otherwise: nil))
                for counter in LimitKey.Counter.ofShopper {
                    let key = bound.first { $0.counter == counter }
                    json.field(counter.rawValue, key.flatMap { decision.left.left(of: $0) })
                }
            }
        }
    }
}

extension LimitKey.Counter {
    /// Those that a shopper is told of; the campaign's own is nobody's business but in all of them together.
    static let ofShopper: [LimitKey.Counter] = [.shopper, .shopperWeek, .shopperDay, .receipt]
}

extension FundedBy {
    init(_ shares: [FundingShare]) {
        switch (shares.contains(where: \.isSuppliers), shares.contains { !$0.isSuppliers }) {
        case (true, true): self = .shared
        case (true, false): self = .supplier
        case (false, _): self = .retailer
        }
    }
}

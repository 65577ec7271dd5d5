import Campaigns
import Kernel
import Offers

/// What the campaigns of one stage give a basket at the prices that are left: each line goes to one of them, so that the
/// shopper's total is the best. Pure.
struct StageDecision {
    private(set) var discounts: [QuoteDecision.Discount] = []
    private(set) var refused: [QuoteDecision.Refused] = []

    /// `lines` stand by their number, at what is left of their price. `keys`: of each campaign's limits that bind the basket.
    init(
        _ lines: [BasketLine], _ campaigns: [RunningCampaign], _ basket: Basket,
        rules: (BasketLine) -> RewardAmount.Rules, keys: [CampaignID: [LimitKey]], left: Availability
    ) {
        let places = Dictionary(grouping: lines.indices, by: { lines[$0].product })
        var offers: [CampaignOffer] = []
        for campaign in campaigns.sorted(by: { $0.isEarlier(than: $1) }) {
            let touched = campaign.touched(of: places).joined().sorted()
            guard !touched.isEmpty else { continue }
            if let reason = campaign.reasonAgainst(basket) {
                refused += touched.map {
                    QuoteDecision.Refused(lineNo: lines[$0].lineNo, campaign: campaign.id, reason: reason)
                }
                continue
            }
            let offer = CampaignOffer(
                campaign, on: touched.map { (place: $0, line: lines[$0]) }, rules: rules,
                keys: keys[campaign.id] ?? [], left: left)
            refused += offer.refused
            if !offer.places.isEmpty { offers.append(offer) }
        }
        let contenders = offers
        let best = BestTotal(lines: lines.count, contenders: offers.map(\.contender)) { contenders[$0].total(on: $1) }
        for (index, offer) in offers.enumerated() { add(offer, index, best.choices, lines) }
    }

    /// What an offer gives its lines; to those that went to another, that one gives more.
    private mutating func add(_ offer: CampaignOffer, _ index: Int, _ choices: [Int?], _ lines: [BasketLine]) {
        let gain = offer.gain(on: offer.places.filter { choices[$0] == index || choices[$0] == nil })
        discounts += gain.discounts
        refused += gain.refused
        for place in offer.places where choices[place] != nil && choices[place] != index {
            refused.append(.init(lineNo: lines[place].lineNo, campaign: offer.campaign.id, reason: .betterOffer))
        }
    }
}

extension RunningCampaign {
    /// Of things by product those of its products: whichever of the two are fewer are gone through.
    func touched<Value>(of byProduct: [Int32: Value]) -> [Value] {
        products.count < byProduct.count
            ? products.keys.compactMap { byProduct[$0] } : byProduct.compactMap { products[$0.key] == nil ? nil : $0.value }
    }

    /// The order of equal offers (DOMAIN 7).
    fileprivate func isEarlier(than other: RunningCampaign) -> Bool {
        launchedAt != other.launchedAt ? launchedAt < other.launchedAt : id < other.id
    }
}

import Campaigns
import Kernel
import Offers

/// What one campaign can give the lines of a basket, within its limits and money. Pure: what it gives lines depends on them and
/// on nothing that other campaigns do, since each has counters and accounts of its own.
struct CampaignOffer: Sendable {
    /// What it gives lines that go to it, and why not more.
    struct Gain: Sendable {
        var discounts: [QuoteDecision.Discount] = []
        var refused: [QuoteDecision.Refused] = []

        var total: Int64 { discounts.reduce(0) { $0 + $1.amountMinor } }
    }

    let campaign: RunningCampaign
    /// Places of the lines that it would discount, rising.
    let places: [Int]
    /// Lines that it does not, and why.
    let refused: [QuoteDecision.Refused]
    private let kind: Kind

    private enum Kind: Sendable {
        case ofUnits(UnitOffer)
        case ofLines(LinesOffer)
    }

    init(
        _ campaign: RunningCampaign, on lines: [(place: Int, line: BasketLine)], rules: (BasketLine) -> RewardAmount.Rules,
        keys: [LimitKey], left: Availability
    ) {
        self.campaign = campaign
        let bounds = CampaignRoom(campaign, keys: keys, left: left)
        if let reward = campaign.reward.basket {
            let offer = LinesOffer(campaign, reward, on: lines, rules: rules, bounds: bounds)
            (places, refused, kind) = (offer.places, offer.refused, .ofLines(offer))
        } else {
            let offer = UnitOffer(campaign, on: lines, rules: rules, bounds: bounds)
            (places, refused, kind) = (offer.places, offer.refused, .ofUnits(offer))
        }
    }

    /// Lines of it are places of `places`.
    func gain(on places: [Int]) -> Gain {
        switch kind {
        case .ofUnits(let offer): offer.gain(on: places)
        case .ofLines(let offer): offer.gain(on: places)
        }
    }

    /// What it takes off them.
    func total(on places: [Int]) -> Int64 {
        switch kind {
        case .ofUnits(let offer): offer.gain(on: places).total
        case .ofLines(let offer): offer.total(on: places)
        }
    }

    /// One that has a single line does not depend on others.
    var contender: BestTotal.Contender {
        if places.count == 1 { return .init(lines: places, most: [total(on: places)], kind: .free) }
        return switch kind {
        case .ofUnits(let offer): offer.contender
        case .ofLines(let offer): offer.contender
        }
    }
}

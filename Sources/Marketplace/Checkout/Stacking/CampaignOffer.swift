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
        let bounds = OfferBounds(campaign, keys: keys, left: left)
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

/// What limits and money leave of one campaign.
struct OfferBounds: Sendable {
    /// Units over all of its limits.
    let units: Int64
    /// Units of one line.
    let unitsOfLine: Int64
    private let fee: BasisPoints
    /// What its pace leaves; nil where it has none.
    private var pace: PaceLeft?
    private(set) var funding: FundingLeft

    init(_ campaign: RunningCampaign, keys: [LimitKey], left: Availability) {
        units = left.unitsLeft(of: keys)
        unitsOfLine = campaign.limits.unitsPerLine ?? .max
        fee = campaign.fee
        pace = left.pace(of: keys)
        funding = FundingLeft(of: campaign, in: left)
    }

    /// Whether any account alone pays for so much in so many discounts: then all of them do, however it is split.
    func surelyPay(_ minor: Int64, in discounts: Int) -> Bool {
        let money = funding.available
        let whole = Int128(minor) + Int128(minor) * Int128(fee.value) / 10_000 + Int128(discounts * money.count)
        return money.allSatisfy { Int128($0) >= whole } && pace.map { Int128($0.minor) >= whole } ?? true
    }

    func pay(_ split: FundingSplit) -> Bool { pay([split]) }

    func pay(_ splits: [FundingSplit]) -> Bool { funding.pays(splits) && paceLets(splits) }

    /// Why they are not paid.
    func reason(against splits: [FundingSplit]) -> QuoteReason {
        if let pace, funding.pays(splits) { QuoteReason(pace) } else { .budgetExhausted }
    }

    private func paceLets(_ splits: [FundingSplit]) -> Bool {
        guard let pace else { return true }
        return splits.reduce(Int128(0)) { $0 + Int128($1.totalMinor) } <= Int128(pace.minor)
    }

    mutating func take(_ split: FundingSplit) {
        pace = pace.map { PaceLeft(minor: $0.minor - split.totalMinor, counter: $0.counter) }
        funding.take(split)
    }
}

package import Campaigns
import Kernel
package import Offers

/// What a basket gets: the discounts by line, and why other offers that touch it do not apply. A pure function of the
/// basket, the campaigns and what is left; the same whatever the order of lines and campaigns.
///
/// Each line gets one offer, or one of each group that stacks, so that the shopper's total is the best (`BestTotal`). A line
/// that limits or money cover only in part is discounted for those units.
package struct QuoteDecision: Sendable, Hashable {
    /// Reasons beyond this many are left out.
    package static let reasonsMax = 50

    package struct Discount: Sendable, Hashable {
        package let lineNo: Int32
        package let product: Int32
        package let campaign: CampaignID
        package let version: Int64
        package let units: Int64
        package let amountMinor: Int64
        package let split: FundingSplit
    }

    package struct Refused: Sendable, Hashable {
        package let lineNo: Int32
        package let campaign: CampaignID
        package let reason: QuoteReason
        /// How many units of the line it keeps from a discount that the others get; nil where it is the whole line.
        package let units: Int64?

        package init(lineNo: Int32, campaign: CampaignID, reason: QuoteReason, units: Int64? = nil) {
            self.lineNo = lineNo
            self.campaign = campaign
            self.reason = reason
            self.units = units
        }
    }

    package let discounts: [Discount]
    /// Sorted by line and campaign.
    package let refused: [Refused]
    /// What money and limits leave after these discounts.
    let left: Availability

    /// `stacking`: how offers stack on a line; by default it gets its best single one.
    package init(
        _ basket: Basket, campaigns: [RunningCampaign], rules: (BasketLine) -> RewardAmount.Rules,
        availability: Availability, stacking: Stacking = .bestOffer
    ) {
        var left = availability
        var lines = basket.lines.sorted { $0.lineNo < $1.lineNo }
        var (discounts, refused): ([Discount], [Refused]) = ([], [])
        let keys = Dictionary(campaigns.map { ($0.id, $0.limits(for: basket).map(\.key)) }) { first, _ in first }
        for stage in stacking.stages(of: campaigns) {
            let decision = StageDecision(lines, stage, basket, rules: rules, keys: keys, left: left)
            for discount in decision.discounts {
                left.take(discount.split, units: discount.units, of: keys[discount.campaign] ?? [])
            }
            let taken = Dictionary(decision.discounts.map { ($0.lineNo, $0.amountMinor) }) { first, _ in first }
            lines = lines.map { line in taken[line.lineNo].map { line.costingLess($0) } ?? line }
            discounts += decision.discounts
            refused += decision.refused
        }
        self.left = left
        self.discounts = discounts.sorted { ($0.lineNo, $0.campaign) < ($1.lineNo, $1.campaign) }
        self.refused = Array(
            refused.sorted { ($0.lineNo, $0.campaign, $0.reason.place) < ($1.lineNo, $1.campaign, $1.reason.place) }
                .prefix(Self.reasonsMax))
    }
}

extension QuoteDecision.Discount {
    init(
        lineNo: Int32, product: Int32, campaign: RunningCampaign, units: Int64, amountMinor: Int64, paidBy funding: FundingLeft
    ) {
        self.init(
            lineNo: lineNo, product: product, campaign: campaign.id, version: campaign.version, units: units,
            amountMinor: amountMinor, split: funding.split(amountMinor, units: units))
    }
}

extension BasketLine {
    /// The line at what an earlier discount left of its price.
    func costingLess(_ minor: Int64) -> BasketLine {
        BasketLine(
            lineNo: lineNo, product: product, quantityMilli: quantityMilli, unit: unit, regularMinor: regularMinor,
            baseMinor: max(0, baseMinor - minor), isClosed: isClosed)
    }
}

extension QuoteReason {
    /// In which order several reasons of one line and campaign are told.
    fileprivate var place: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

package import Campaigns
import Kernel
package import Offers

/// What a basket gets: the discounts by line, and why other offers that touch it do not apply. A pure function of the
/// basket, the campaigns and what is left; the same whatever the order of lines and campaigns.
///
/// Each line gets its best single offer. Pairs of line and campaign are taken by falling discount a unit; equal ones by
/// earlier launch, campaign id, line number (DOMAIN 7). A line that limits or money cover only in part is discounted for
/// those units.
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

    package init(
        _ basket: Basket, campaigns: [RunningCampaign], rules: (BasketLine) -> RewardAmount.Rules, availability: Availability
    ) {
        var candidates: [Candidate] = []
        var refused: [Refused] = []
        for campaign in campaigns {
            for line in basket.lines {
                guard let terms = campaign.products[line.product] else { continue }
                do throws(Refusal) {
                    candidates.append(try Candidate(line, campaign, terms, rules(line), basket))
                } catch {
                    if let reason = error.reason {
                        refused.append(Refused(lineNo: line.lineNo, campaign: campaign.id, reason: reason))
                    }
                }
            }
        }
        var taking = Taking(left: availability, basket: basket)
        for candidate in candidates.sorted(by: Candidate.isBetter) { taking.take(candidate) }
        left = taking.left
        discounts = taking.discounts.sorted { ($0.lineNo, $0.campaign) < ($1.lineNo, $1.campaign) }
        self.refused = Array(
            (refused + taking.refused).sorted { ($0.lineNo, $0.campaign) < ($1.lineNo, $1.campaign) }.prefix(Self.reasonsMax))
    }

    private struct Refusal: Error {
        let reason: QuoteReason?
    }

    /// A line and a campaign that would discount it.
    private struct Candidate {
        let line: BasketLine
        let campaign: RunningCampaign
        let terms: CampaignProductTerms
        let rules: RewardAmount.Rules
        let whole: RewardAmount

        init(
            _ line: BasketLine, _ campaign: RunningCampaign, _ terms: CampaignProductTerms, _ rules: RewardAmount.Rules,
            _ basket: Basket
        ) throws(Refusal) {
            if let reason = campaign.reasonAgainst(basket) { throw Refusal(reason: reason) }
            (self.line, self.campaign, self.terms, self.rules) = (line, campaign, terms, rules)
            do throws(RewardAmount.Nothing) {
                whole = try RewardAmount.on(line, units: line.units, reward: campaign.reward, terms: terms, rules: rules)
            } catch {
                throw Refusal(reason: QuoteReason(error))
            }
        }

        static func isBetter(_ left: Candidate, _ right: Candidate) -> Bool {
            let (ours, theirs) = (
                Int128(left.whole.amountMinor) * Int128(right.whole.units),
                Int128(right.whole.amountMinor) * Int128(left.whole.units)
            )
            if ours != theirs { return ours > theirs }
            if left.campaign.launchedAt != right.campaign.launchedAt {
                return left.campaign.launchedAt < right.campaign.launchedAt
            }
            return (left.campaign.id, left.line.lineNo) < (right.campaign.id, right.line.lineNo)
        }
    }

    /// Gives out what is left, candidate by candidate.
    private struct Taking {
        var left: Availability
        let basket: Basket
        var discounts: [Discount] = []
        var refused: [Refused] = []
        var taken: Set<Int32> = []

        mutating func take(_ candidate: Candidate) {
            guard !taken.contains(candidate.line.lineNo) else { return refuse(candidate, .betterOffer) }
            let keys = candidate.campaign.limits(for: basket).map(\.key)
            let units = min(candidate.line.units, left.unitsLeft(of: keys))
            guard units > 0 else { return refuse(candidate, .limitReached) }
            guard let discount = mostAffordable(candidate, units: units) else { return refuse(candidate, .budgetExhausted) }
            if units < candidate.line.units { refuse(candidate, .limitReached, units: candidate.line.units - units) }
            if discount.units < units { refuse(candidate, .budgetExhausted, units: units - discount.units) }
            left.take(discount.split, units: discount.units, of: keys)
            taken.insert(candidate.line.lineNo)
            discounts.append(discount)
        }

        private mutating func refuse(_ candidate: Candidate, _ reason: QuoteReason, units: Int64? = nil) {
            refused.append(
                Refused(lineNo: candidate.line.lineNo, campaign: candidate.campaign.id, reason: reason, units: units))
        }

        /// The discount on as many units as the money pays; binary search, since more units cost more.
        private func mostAffordable(_ candidate: Candidate, units: Int64) -> Discount? {
            if let all = discount(candidate, units: units), left.canPay(all.split) { return all }
            var (affordable, tooMany): (Discount?, Int64) = (nil, units)
            while tooMany - (affordable?.units ?? 0) > 1 {
                let middle = ((affordable?.units ?? 0) + tooMany) / 2
                if let some = discount(candidate, units: middle), left.canPay(some.split) {
                    affordable = some
                } else {
                    tooMany = middle
                }
            }
            return affordable
        }

        private func discount(_ candidate: Candidate, units: Int64) -> Discount? {
            let campaign = candidate.campaign
            guard
                let part = try? RewardAmount.on(
                    candidate.line, units: units, reward: campaign.reward, terms: candidate.terms, rules: candidate.rules)
            else { return nil }
            return Discount(
                lineNo: candidate.line.lineNo, product: candidate.line.product, campaign: campaign.id, version: campaign.version,
                units: part.units, amountMinor: part.amountMinor,
                split: FundingSplit(
                    of: part.amountMinor, units: part.units, among: campaign.shares, fee: campaign.fee))
        }
    }
}

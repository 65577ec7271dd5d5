import Campaigns
import Kernel
import Offers

/// What a campaign with a reward of a unit gives lines: the units with the largest discount first, as far as limits and money
/// go; a line that they cover only in part is discounted for that part.
struct UnitOffer: Sendable {
    private struct Want: Sendable {
        let place: Int
        let line: BasketLine
        let terms: CampaignProductTerms
        let rules: RewardAmount.Rules
        /// On as many units as one line may have.
        let whole: RewardAmount

        func isBetter(than other: Want) -> Bool {
            let (ours, theirs) = (
                Int128(whole.amountMinor) * Int128(other.whole.units), Int128(other.whole.amountMinor) * Int128(whole.units)
            )
            return ours != theirs ? ours > theirs : line.lineNo < other.line.lineNo
        }
    }

    private let campaign: RunningCampaign
    private let bounds: CampaignRoom
    /// The best first.
    private let wants: [Want]
    let refused: [QuoteDecision.Refused]

    init(
        _ campaign: RunningCampaign, on lines: [(place: Int, line: BasketLine)], rules: (BasketLine) -> RewardAmount.Rules,
        bounds: CampaignRoom
    ) {
        var (wants, refused): ([Want], [QuoteDecision.Refused]) = ([], [])
        for (place, line) in lines {
            guard let terms = campaign.products[line.product] else { continue }
            let rules = rules(line)
            do throws(RewardAmount.Nothing) {
                let whole = try RewardAmount.on(
                    line, units: min(line.units, bounds.unitsOfLine), reward: campaign.reward, terms: terms, rules: rules)
                wants.append(Want(place: place, line: line, terms: terms, rules: rules, whole: whole))
            } catch {
                if let reason = QuoteReason(error) {
                    refused.append(.init(lineNo: line.lineNo, campaign: campaign.id, reason: reason))
                }
            }
        }
        self.campaign = campaign
        self.bounds = bounds
        self.wants = wants.sorted { $0.isBetter(than: $1) }
        self.refused = refused
    }

    var places: [Int] { wants.map(\.place).sorted() }

    /// Free where neither limits nor money bind, whatever lines go to it.
    var contender: BestTotal.Contender {
        let inOrder = wants.sorted { $0.place < $1.place }
        let most = inOrder.map(\.whole.amountMinor)
        let units = inOrder.map(\.whole.units)
        let fits = units.reduce(Int128(0)) { $0 + Int128($1) } <= Int128(bounds.units)
        let isPaid = bounds.surelyPay(Int64(clamping: most.reduce(Int128(0)) { $0 + Int128($1) }), in: most.count)
        let kind: BestTotal.Contender.Kind =
            !isPaid ? .together(isRising: false) : fits ? .free : .limited(to: bounds.units, units: units, slack: slack)
        return BestTotal.Contender(lines: inOrder.map(\.place), most: most, kind: kind)
    }

    /// A part of a line whose amount does not divide is rounded by itself, and to the price step.
    private var slack: Int64 {
        let divides = wants.allSatisfy { $0.line.isWholePieces && $0.line.baseMinor % $0.line.units == 0 }
        return divides ? 0 : (wants.map(\.rules.priceStepMinor).max() ?? 1) + 2
    }

    func gain(on places: [Int]) -> CampaignOffer.Gain {
        var (gain, bounds, units) = (CampaignOffer.Gain(), bounds, bounds.units)
        let mine = Set(places)
        for want in wants where mine.contains(want.place) {
            let refuse = { (reason: QuoteReason, units: Int64?) in
                gain.refused.append(.init(lineNo: want.line.lineNo, campaign: campaign.id, reason: reason, units: units))
            }
            let most = min(want.whole.units, units)
            guard most > 0 else {
                refuse(.limitReached, nil)
                continue
            }
            guard let discount = mostAffordable(want, units: most, within: bounds) else {
                refuse(unpaid(want, units: 1, within: bounds), nil)
                continue
            }
            if most < want.line.units { refuse(.limitReached, want.line.units - most) }
            if discount.units < most {
                refuse(unpaid(want, units: discount.units + 1, within: bounds), most - discount.units)
            }
            bounds.take(discount.split)
            units -= discount.units
            gain.discounts.append(discount)
        }
        return gain
    }

    /// The discount on as many units as the money pays; binary search, since more units cost more.
    private func mostAffordable(_ want: Want, units: Int64, within bounds: CampaignRoom) -> QuoteDecision.Discount? {
        if let all = discount(want, units: units, within: bounds), bounds.pay(all.split) { return all }
        var (affordable, tooMany): (QuoteDecision.Discount?, Int64) = (nil, units)
        while tooMany - (affordable?.units ?? 0) > 1 {
            let middle = ((affordable?.units ?? 0) + tooMany) / 2
            if let some = discount(want, units: middle, within: bounds), bounds.pay(some.split) {
                affordable = some
            } else {
                tooMany = middle
            }
        }
        return affordable
    }

    /// Why so many units are not paid.
    private func unpaid(_ want: Want, units: Int64, within bounds: CampaignRoom) -> QuoteReason {
        discount(want, units: units, within: bounds).map { bounds.reason(against: [$0.split]) } ?? .budgetExhausted
    }

    private func discount(_ want: Want, units: Int64, within bounds: CampaignRoom) -> QuoteDecision.Discount? {
        let part =
            units == want.whole.units
            ? want.whole
            : (try? RewardAmount.on(
                want.line, units: units, reward: campaign.reward, terms: want.terms, rules: want.rules))
        return part.map {
            QuoteDecision.Discount(
                lineNo: want.line.lineNo, product: want.line.product, campaign: campaign, units: $0.units,
                amountMinor: $0.amountMinor, paidBy: bounds.funding)
        }
    }
}

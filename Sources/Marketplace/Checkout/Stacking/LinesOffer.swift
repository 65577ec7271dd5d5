import Campaigns
import Kernel
import Offers

/// What a campaign with a reward on several lines together gives lines: as many units, or pieces that go together, as limits
/// and money pay for.
struct LinesOffer: Sendable {
    private let campaign: RunningCampaign
    private let reward: BasketReward
    private let bounds: CampaignRoom
    private let lines: [Int: SharedLine]
    let refused: [QuoteDecision.Refused]
    /// Rising.
    let places: [Int]

    init(
        _ campaign: RunningCampaign, _ reward: BasketReward, on lines: [(place: Int, line: BasketLine)],
        rules: (BasketLine) -> RewardAmount.Rules, bounds: CampaignRoom
    ) {
        var (shared, refused): ([Int: SharedLine], [QuoteDecision.Refused]) = ([:], [])
        for (place, line) in lines {
            guard let terms = campaign.products[line.product], line.units > 0 else { continue }
            if line.isClosed || !reward.takes(line) {
                let reason: QuoteReason = line.isClosed ? .closedLine : .noBenefit
                refused.append(.init(lineNo: line.lineNo, campaign: campaign.id, reason: reason))
            } else {
                shared[place] = SharedLine(
                    line: line, units: min(line.units, bounds.unitsOfLine), terms: terms, rules: rules(line))
            }
        }
        (self.campaign, self.reward, self.bounds) = (campaign, reward, bounds)
        (self.lines, self.refused) = (shared, refused)
        places = shared.keys.sorted()
    }

    var contender: BestTotal.Contender {
        let most = places.map { lines[$0].map(most(of:)) ?? 0 }
        let isPaid = bounds.surelyPay(Int64(clamping: most.reduce(Int128(0)) { $0 + Int128($1) }), in: most.count)
        return BestTotal.Contender(
            lines: places, most: most, kind: .together(isRising: isPaid && lines.values.allSatisfy(isUnbounded)))
    }

    /// What one line may be discounted by, whichever lines go with it.
    private func most(of line: SharedLine) -> Int64 { min(bound(of: line), share(of: line)) }

    private func bound(of line: SharedLine) -> Int64 {
        min(line.most(of: line.units, base: line.base(of: line.units)), line.cap(of: line.units))
    }

    /// Its part of a percentage, which is rounded each time that pieces go together; of a set at a price or with an amount, all.
    private func share(of line: SharedLine) -> Int64 {
        guard case .percentOff(let share) = reward.nearest else { return .max }
        let times = reward.unitsTogether == 1 ? 1 : line.units
        let rounding = Int128(line.rules.priceStepMinor + 2) * Int128(times)
        return Int64(clamping: Int128(share.halfUp(of: line.base(of: line.units))) + rounding)
    }

    /// Neither cap nor minimum price nor price step keep anything from it: then more lines never give less.
    private func isUnbounded(_ line: SharedLine) -> Bool {
        line.rules.priceStepMinor == 1 && share(of: line) < .max && share(of: line) <= bound(of: line)
    }

    /// What it takes off lines that go to it.
    func total(on places: [Int]) -> Int64 {
        let shares = BasketShares(reward, lines: places.compactMap { lines[$0] })
        return mostAffordable(shares, shares.shares(units: bounds.units).shares).reduce(0) { $0 + $1.amountMinor }
    }

    func gain(on places: [Int]) -> CampaignOffer.Gain {
        let lines = places.compactMap { self.lines[$0] }
        let shares = BasketShares(reward, lines: lines)
        let (full, nothing) = shares.shares()
        if let nothing { return refuse(lines, QuoteReason(nothing)) }
        let limited = shares.shares(units: bounds.units).shares
        if limited.isEmpty { return refuse(lines, .limitReached) }
        let paid = mostAffordable(shares, limited)
        let unpaid: QuoteReason = limited == paid ? .budgetExhausted : reason(against: shares, beyond: paid)
        if paid.isEmpty { return refuse(lines, unpaid) }
        var gain = CampaignOffer.Gain()
        let units = [full, limited, paid].map { shares in
            Dictionary(shares.map { ($0.lineNo, $0.units) }) { first, _ in first }
        }
        for line in lines {
            let ofLine = units.map { $0[line.line.lineNo] ?? 0 }
            tell(of: line, full: ofLine[0], limited: ofLine[1], paid: ofLine[2], unpaid, in: &gain)
        }
        gain.discounts = discounts(paid)
        return gain
    }

    private func refuse(_ lines: [SharedLine], _ reason: QuoteReason) -> CampaignOffer.Gain {
        CampaignOffer.Gain(
            refused: lines.map { .init(lineNo: $0.line.lineNo, campaign: campaign.id, reason: reason) })
    }

    /// What keeps how many units of a line from the discount.
    private func tell(
        of line: SharedLine, full: Int64, limited: Int64, paid: Int64, _ unpaid: QuoteReason,
        in gain: inout CampaignOffer.Gain
    ) {
        let kept: [(QuoteReason, Int64)] = [
            (.limitReached, line.line.units - line.units + max(0, full - limited)), (.setIncomplete, line.units - full),
            (unpaid, max(0, limited - paid)),
        ]
        for (reason, units) in kept where units > 0 {
            gain.refused.append(
                .init(
                    lineNo: line.line.lineNo, campaign: campaign.id, reason: reason, units: units < line.line.units ? units : nil)
            )
        }
    }

    /// Why money pays for no more than these.
    private func reason(against shares: BasketShares, beyond paid: [LineShare]) -> QuoteReason {
        let units = paid.reduce(0) { $0 + $1.units } + reward.unitsTogether
        return bounds.reason(against: discounts(shares.shares(units: units).shares).map(\.split))
    }

    /// As many units as the money pays; binary search, since more units cost more.
    private func mostAffordable(_ shares: BasketShares, _ all: [LineShare]) -> [LineShare] {
        if isPayable(all) { return all }
        let step = reward.unitsTogether
        var (affordable, tooMany) = (Int64(0), all.reduce(0) { $0 + $1.units } / step)
        var best: [LineShare] = []
        while tooMany - affordable > 1 {
            let middle = (affordable + tooMany) / 2
            let some = shares.shares(units: middle * step).shares
            if isPayable(some) { (affordable, best) = (middle, some) } else { tooMany = middle }
        }
        return best
    }

    private func isPayable(_ shares: [LineShare]) -> Bool {
        let total = shares.reduce(0) { $0 + $1.amountMinor }
        return bounds.surelyPay(total, in: shares.count) || bounds.pay(discounts(shares).map(\.split))
    }

    /// A line whose part is nothing is not discounted. One is paid after the other, from what those before it leave.
    private func discounts(_ shares: [LineShare]) -> [QuoteDecision.Discount] {
        var funding = bounds.funding
        let products = Dictionary(lines.values.map { ($0.line.lineNo, $0.line.product) }) { first, _ in first }
        return shares.filter { $0.amountMinor > 0 }.map { share in
            let discount = QuoteDecision.Discount(
                lineNo: share.lineNo, product: products[share.lineNo] ?? 0, campaign: campaign, units: share.units,
                amountMinor: share.amountMinor, paidBy: funding)
            funding.take(discount.split)
            return discount
        }
    }
}

extension BasketReward {
    /// Whether a line may take part: only whole pieces go together.
    func takes(_ line: BasketLine) -> Bool {
        if case .percentOff = self { return true }
        return line.isWholePieces
    }
}

extension QuoteReason {
    init(_ nothing: BasketShares.Nothing) {
        switch nothing {
        case .incomplete: self = .setIncomplete
        case .noBenefit: self = .noBenefit
        case .priceMoved: self = .priceMoved
        case .notAllowedAtThisPrice: self = .notAllowedAtThisPrice
        }
    }
}

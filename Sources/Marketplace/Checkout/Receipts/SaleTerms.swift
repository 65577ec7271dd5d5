import Campaigns
import Kernel
import Offers
import Parties
import Receipts

/// What the rules allow on the lines of a sale at its moment, at what is left of a line's price after the discounts that the
/// till took off it by campaigns of earlier stages.
struct SaleTerms {
    private let situation: CheckoutSituation
    private let stacking: Stacking
    private let soldAt: Instant
    /// What the till took off, by line.
    private let claimed: [Int32: [(campaign: RunningCampaign, minor: Int64)]]
    /// Shares of the campaigns of which the till claims and whose reward is on several lines together.
    private let shares: [CampaignID: [Int32: LineShare]]

    init(_ receipt: Receipt, _ situation: CheckoutSituation) {
        self.situation = situation
        soldAt = receipt.soldAt
        stacking = Stacking(situation.policy.settings)
        let campaigns = Dictionary(situation.campaigns.map { ($0.id.value, $0) }) { first, _ in first }
        var claimed: [Int32: [(campaign: RunningCampaign, minor: Int64)]] = [:]
        for line in receipt.lines where !line.discounts.isEmpty {
            claimed[line.lineNo] = line.discounts.compactMap { discount in
                campaigns[discount.campaignID.value].map { (campaign: $0, minor: discount.amount) }
            }
        }
        self.claimed = claimed
        let (stacking, together) = (stacking, situation.campaigns.filter { $0.reward.basket != nil })
        shares = Dictionary(
            together.map { ($0.id, Self.shares(of: $0, claimed, situation, stacking)) }
        ) { first, _ in first }
    }

    /// What the rules allow at the moment of sale; nil where they allow nothing.
    func terms(of campaign: RunningCampaign, on line: BasketLine) -> QuoteTerms? {
        guard campaign.reasonAgainstSale(situation.basket, at: soldAt) == nil else { return nil }
        if campaign.reward.basket != nil {
            return share(of: campaign, on: line).map { terms(campaign, units: $0.units, $0.amountMinor) }
        }
        let line = Self.left(of: line, to: campaign, claimed, stacking)
        guard let terms = campaign.products[line.product],
            let amount = try? RewardAmount.on(
                line, units: min(line.units, campaign.limits.unitsPerLine ?? .max), reward: campaign.reward, terms: terms,
                rules: situation.rules(for: line))
        else { return nil }
        return self.terms(campaign, units: amount.units, amount.amountMinor)
    }

    /// Terms that were quoted, where all of what was to be bought together is on the receipt; else no more of them than what is
    /// there comes to.
    func together(_ terms: QuoteTerms, of campaign: RunningCampaign, on line: BasketLine, quoted: [QuotedUnits]) -> QuoteTerms {
        guard campaign.reward.basket != nil else { return terms }
        let lines = Dictionary(situation.basket.lines.map { ($0.lineNo, $0) }) { first, _ in first }
        let isWhole = quoted.allSatisfy { quoted in
            lines[quoted.lineNo].map { $0.product == quoted.product && $0.units >= quoted.units } ?? false
        }
        guard !isWhole else { return terms }
        let share = share(of: campaign, on: line)
        return QuoteTerms(
            quote: terms.quote, version: terms.version, units: min(terms.units, share?.units ?? 0),
            amountMinor: min(terms.amountMinor, share?.amountMinor ?? 0))
    }

    private func share(of campaign: RunningCampaign, on line: BasketLine) -> LineShare? {
        shares[campaign.id]?[line.lineNo].flatMap { $0.amountMinor > 0 ? $0 : nil }
    }

    private func terms(_ campaign: RunningCampaign, units: Int64, _ minor: Int64) -> QuoteTerms {
        QuoteTerms(quote: nil, version: campaign.version, units: units, amountMinor: minor)
    }

    /// Over the lines on which the till claims it, and those that it left to no other campaign of the stage.
    private static func shares(
        of campaign: RunningCampaign, _ claimed: [Int32: [(campaign: RunningCampaign, minor: Int64)]],
        _ situation: CheckoutSituation, _ stacking: Stacking
    ) -> [Int32: LineShare] {
        guard let reward = campaign.reward.basket else { return [:] }
        let stage = stacking.stage(of: campaign)
        let lines = situation.basket.lines.compactMap { line -> SharedLine? in
            let others = (claimed[line.lineNo] ?? []).map(\.campaign).filter { stacking.stage(of: $0) == stage }
            guard let terms = campaign.products[line.product], line.units > 0, !line.isClosed, reward.takes(line),
                others.isEmpty || others.contains(where: { $0.id == campaign.id })
            else { return nil }
            let line = left(of: line, to: campaign, claimed, stacking)
            return SharedLine(
                line: line, units: min(line.units, campaign.limits.unitsPerLine ?? .max), terms: terms,
                rules: situation.rules(for: line))
        }
        let shares = BasketShares(reward, lines: lines).shares().shares
        return Dictionary(shares.map { ($0.lineNo, $0) }) { first, _ in first }
    }

    private static func left(
        of line: BasketLine, to campaign: RunningCampaign,
        _ claimed: [Int32: [(campaign: RunningCampaign, minor: Int64)]], _ stacking: Stacking
    ) -> BasketLine {
        let earlier = (claimed[line.lineNo] ?? []).filter { stacking.stage(of: $0.campaign) < stacking.stage(of: campaign) }
        return earlier.isEmpty ? line : line.costingLess(earlier.reduce(0) { $0 + min($1.minor, line.baseMinor) })
    }
}

/// Units of a line that a quote discounts.
struct QuotedUnits: Sendable {
    let lineNo: Int32
    let product: Int32
    let units: Int64
}

extension RunningCampaign {
    /// A sale that was made while the campaign ran pays also when it is told of after a pause, a stop or the end; one that was
    /// made after the budget was used up is allowed, and paid where returns have brought money back.
    fileprivate func reasonAgainstSale(_ basket: Basket, at soldAt: Instant) -> QuoteReason? {
        guard let haltedAt else { return reasonAgainst(basket) }
        guard soldAt < haltedAt || isOutOfMoney else { return state == .paused ? .paused : .ended }
        return asRunning.reasonAgainst(basket)
    }
}

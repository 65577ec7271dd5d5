package import Campaigns
package import Kernel
package import Parties

/// What one claim is paid: `funded = min(claimed, allowed, what money and limits leave)`, and why not more (DOMAIN 1).
/// A pure function of the claim and what is left.
package struct RedemptionDecision: Sendable, Hashable {
    package let allowedMinor: Int64
    package let fundedMinor: Int64
    package let units: Int64
    package let split: FundingSplit?
    package let reason: UnfundedReason?

    /// `campaign` nil: the claim names none of ours. Takes what it pays from `left`, unless a hold keeps it.
    package init(
        _ claim: RedemptionClaim, campaign: RunningCampaign?, keys: [LimitKey], left: inout Availability
    ) {
        guard let campaign, let (terms, isExpired) = claim.basis.parts else {
            self.init(nothing: claim.basis.refusal ?? .unknownCampaign)
            return
        }
        let wanted = min(claim.claimedMinor, terms.amountMinor, claim.line.baseMinor)
        if case .held(_, let kept) = claim.basis {
            let split = wanted == 0 ? nil : campaign.split(wanted, units: terms.units, within: kept)
            self.init(wanted, of: claim, terms, split: split, reason: nil)
            left.takeHeld(units, of: keys)
            return
        }
        let units = min(terms.units, left.unitsLeft(of: keys))
        guard units > 0 || terms.units == 0 else {
            self.init(nothing: isExpired ? .holdExpired : .limitReached, allowed: terms.amountMinor)
            return
        }
        let limited = min(wanted, terms.amount(of: units))
        let pace = left.pace(of: keys)?.minor
        let funding = FundingLeft(of: campaign, in: left)
        let paid = Self.most(upTo: limited, units: units, funding, pace: pace)
        let cause: UnfundedReason? =
            if paid < limited {
                isExpired
                    ? .holdExpired
                    : funding.pays([funding.split(paid + 1, units: units)]) ? .limitReached : .budgetExhausted
            } else {
                limited < wanted ? (isExpired ? .holdExpired : .limitReached) : nil
            }
        let counted = paid == 0 ? 0 : units
        self.init(
            paid, of: claim,
            QuoteTerms(quote: terms.quote, version: terms.version, units: counted, amountMinor: terms.amountMinor),
            split: paid == 0 ? nil : funding.split(paid, units: units), reason: cause)
        if let split { left.take(split, units: counted, of: keys) }
    }

    init(nothing reason: UnfundedReason, allowed: Int64 = 0) {
        (allowedMinor, fundedMinor, units, split, self.reason) = (allowed, 0, 0, nil, reason)
    }

    private init(
        _ funded: Int64, of claim: RedemptionClaim, _ terms: QuoteTerms, split: FundingSplit?, reason: UnfundedReason?
    ) {
        allowedMinor = terms.amountMinor
        fundedMinor = funded
        units = funded == 0 ? 0 : terms.units
        self.split = split
        self.reason = funded == claim.claimedMinor ? nil : reason ?? .moreThanQuoted
    }

    /// The most that the accounts can pay, and the pace lets through, fee included; by halves, since more costs more.
    private static func most(
        upTo amount: Int64, units: Int64, _ funding: FundingLeft, pace: Int64?
    ) -> Int64 {
        let isPayable = { (part: Int64) in
            guard part > 0 else { return true }
            let split = funding.split(part, units: units)
            return funding.pays([split]) && pace.map { split.totalMinor <= $0 } ?? true
        }
        if isPayable(amount) { return amount }
        var (payable, tooMuch) = (Int64(0), amount)
        while tooMuch - payable > 1 {
            let middle = payable + (tooMuch - payable) / 2
            if isPayable(middle) { payable = middle } else { tooMuch = middle }
        }
        return payable
    }
}

extension RunningCampaign {
    /// Who pays of what a hold keeps: no wallet more than is kept of it.
    fileprivate func split(_ amount: Int64, units: Int64, within kept: KeptDiscount) -> FundingSplit {
        let split = FundingSplit(of: amount, units: units, among: shares, fee: fee)
        let held =
            kept.takenOver.isEmpty
            ? FundingSplit(of: kept.amountMinor, units: kept.units, among: shares, fee: fee)
            : FundingSplit(shares.map { kept.takenOver[$0.account] ?? 0 }, among: shares, fee: fee)
        return split.fitted(into: held, among: shares, fee: fee)
    }
}

extension RedemptionClaim.Basis {
    fileprivate var parts: (terms: QuoteTerms, isExpired: Bool)? {
        switch self {
        case .held(let terms, _): (terms, false)
        case .expiredHold(let terms): (terms, true)
        case .terms(let terms): (terms, false)
        case .nothing: nil
        }
    }

    fileprivate var refusal: UnfundedReason? {
        if case .nothing(let reason) = self { reason } else { nil }
    }

    var isNothing: Bool { if case .nothing = self { true } else { false } }

    /// The held quote that the claim is paid from.
    package var heldQuote: QuoteID? {
        if case .held(let terms, _) = self { terms.quote.map(QuoteID.init) } else { nil }
    }

    /// The quote whose hold had expired, on which the claim rests.
    package var expiredQuote: QuoteID? {
        if case .expiredHold(let terms) = self { terms.quote.map(QuoteID.init) } else { nil }
    }

    /// The business day for whose limits a hold kept the units.
    package var keptOn: BusinessDay? { if case .held(_, let kept) = self { kept.businessDay } else { nil } }

    package var quote: Identifier? { parts?.terms.quote }
    package var version: Int64? { parts?.terms.version }
}

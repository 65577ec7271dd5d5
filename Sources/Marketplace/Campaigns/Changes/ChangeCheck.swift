import Audiences
import Catalogue
import Kernel
import Ledger
import Parties
import Postgres
import Profiles

/// Whether a launched campaign may become what is wanted, and whether that was approved. The campaign is locked.
struct ChangeCheck: Sendable {
    let campaign: Campaign
    let agreement: Agreement?
    let today: BusinessDay
    /// The latest that a clock of its stores shows.
    private let clock: LocalTime

    /// The latest day that a calendar of its stores shows.
    var latestDay: BusinessDay { clock.day }

    init(_ campaign: Campaign, at now: Instant, in tx: borrowing Transaction) throws {
        guard [.scheduled, .running, .paused].contains(campaign.state) else {
            throw WrongState(action: .change, state: campaign.state)
        }
        self.campaign = campaign
        today = try tx.profileMoment(of: campaign.retailer, at: now).today
        agreement = try campaign.owner.flatMap { owner in
            try tx.shareAgreement(owner.agreement, of: campaign.retailer, supplier: owner.supplier)
        }
        if campaign.owner != nil {
            guard let agreement, agreement.state == .active, today <= agreement.endsOn else {
                throw HaltCampaign.Refusal.agreementNotInForce
            }
        }
        clock = try tx.localTimes(of: campaign, at: now).latest
    }

    /// Refuses an end that cannot be. A budget is judged where its money moves.
    func check(_ change: CampaignChange, in tx: borrowing Transaction) throws {
        guard let end = change.end?.after else { return }
        guard campaign.terms.startsAt < end, clock < end else { throw ChangeRefusal.endPassed }
        let lastDay = end.lastDayBefore
        guard lastDay.daysSince1970 - campaign.terms.firstDay.daysSince1970 < CampaignTerms.daysMax else {
            throw ChangeRefusal.tooLong
        }
        if let agreement, agreement.endsOn < lastDay { throw SubmitCampaign.Refusal.outsideAgreementDates }
        guard end < campaign.terms.endsAt, let promised = try tx.promisedThrough(campaign) else { return }
        // A business day may end hours after the calendar's.
        let minutes = try tx.policy(of: campaign.retailer).dayStartsAtMinutes
        let over = LocalTime(startOf: promised.adding(days: 1)).clock.adding(seconds: Int64(minutes) * 60)
        if end.clock < over { throw ChangeRefusal.promisedLonger(promised) }
    }

    /// Whether nobody has to decide: it is within what was approved, or the agreement approves what the campaign becomes.
    func isApproved(_ change: CampaignChange, _ version: NewVersion?, in tx: borrowing Transaction) throws -> Bool {
        guard campaign.exceedsApproval(change) else { return true }
        guard let limits = agreement?.autoApproval, !campaign.terms.followsCatalogue else { return false }
        let funding = try tx.fundingWallets(of: campaign)
        guard !funding.hasRetailersMoney else { return false }
        if let version {
            let proposal = try tx.proposal(of: version.campaign, version.resolved, inStores: version.stores)
            return limits.exceeded(by: proposal).isEmpty
        }
        guard let proposal = try proposal(campaign.approving(change), in: tx) else { return false }
        return limits.exceeded(by: proposal).isEmpty
    }

    /// The whole campaign as it would be; nil where a price is not on record that says how deep it is.
    private func proposal(_ campaign: Campaign, in tx: borrowing Transaction) throws -> AutoApproval.Proposal? {
        let recorded = try tx.recordedBases(of: campaign)
        let products = try tx.candidates(
            .ids(recorded.map(\.id)), of: campaign.retailer, limit: SubmitCampaign.productsMax)
        let base = Dictionary(recorded.compactMap { product in product.baseMinor.map { (product.ordinal, $0) } }) { first, _ in
            first
        }
        guard let reward = PriceCheck.unitReward(of: campaign.terms.reward, for: products, base: base) else { return nil }
        return AutoApproval.Proposal(
            budget: campaign.terms.budgetMax,
            depth: base.values.map { reward.depth(atBase: $0) }.max() ?? reward.depth(atBase: 1), days: campaign.terms.days,
            categoryPaths: products.map(\.categoryPath), stores: try tx.frozenStores(of: campaign),
            overlapping: try tx.overlapping(campaign, on: recorded.map(\.ordinal)))
    }
}

extension Campaign {
    /// Whether a change goes beyond the budget, with all that may be added to it, or the end that were approved; or makes a version
    /// that nobody has approved.
    func exceedsApproval(_ change: CampaignChange) -> Bool {
        exceedsBudget(change) || exceedsEnd(change) || change.isAboutVersion
    }

    private func exceedsBudget(_ change: CampaignChange) -> Bool {
        change.budget.map { terms.budgetMax.minor < $0.after } ?? false
    }

    private func exceedsEnd(_ change: CampaignChange) -> Bool {
        change.end.map { (approvedEnd ?? terms.endsAt) < $0.after } ?? false
    }

    /// The campaign with what a change makes of its terms, as it is approved then. A budget within what was approved leaves
    /// what was approved as it is.
    func approving(_ change: CampaignChange) -> Campaign {
        var next = self
        if exceedsBudget(change), let budget = change.budget {
            next.raisedBudgetMinor = budget.after
            next.terms.budget = Money(minor: budget.after, asset: terms.budget.asset)
        }
        if let end = change.end {
            next.approvedEnd = max(approvedEnd ?? terms.endsAt, end.after)
            next.terms.endsAt = end.after
        }
        if change.isAboutVersion { next.version += 1 }
        if let products = change.products { next.terms.products = products.after }
        if let eligibility = change.eligibility { next.terms.eligibility = eligibility.after }
        return next
    }
}

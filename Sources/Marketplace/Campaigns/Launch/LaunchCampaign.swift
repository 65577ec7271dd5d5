import Audiences
import EventLog
import HTTPSupport
import JSONText
import Kernel
import Ledger
import Parties
import Postgres
import Profiles
import Shoppers

/// The owner launches an approved campaign: its budget moves from the wallets to accounts of its own, and its members are
/// drawn, all in one transaction. It starts by itself when its time comes: at once, where that has passed and it may start
/// late; then `starts_at` becomes the time of the launch.
struct LaunchCampaign: Sendable {
    let authority: CampaignAuthority
    let id: CampaignID
    let sampling: SupplierSampling

    enum Refusal: Kernel.Refusal, Hashable {
        case approvalLapsed
        case agreementNotInForce
        case audienceBelowFloor
        case capsTooLow(missing: Int64)
        /// `shortfall`: minor units that the wallet lacks.
        case insufficientFunds(WalletID, place: Int, shortfall: Int64)

        var problem: Problem {
            switch self {
            case .approvalLapsed: Problem(409, "approval_lapsed", "The approval has lapsed: submit it again.")
            case .agreementNotInForce: Problem(409, "agreement_not_in_force", "The agreement does not carry campaigns.")
            case .audienceBelowFloor: Problem(409, "audience_below_floor", "The audience is too small.")
            case .capsTooLow(let missing):
                Problem(
                    409, "caps_below_budget", "The wallets' caps do not come to the budget.",
                    detail: "\(missing) minor units are nobody's.")
            case .insufficientFunds(let wallet, let place, let shortfall):
                Problem(
                    409, "insufficient_funds", "The balance does not suffice.",
                    detail: "\(wallet) lacks \(shortfall) minor units.",
                    fields: [FieldProblem(pointer: "/funding/\(place)", code: "shortfall", detail: "\(shortfall)")])
            }
        }
    }

    func run(in tx: borrowing Transaction, by author: Author) throws -> Campaign {
        guard let before = try tx.lockCampaign(id, of: authority.retailer, supplier: authority.supplier) else {
            throw Problem.notFound("campaign")
        }
        try authority.checkOwns(before)
        let state = try before.state(after: .launch)
        let now = author.world.now()
        let span = try tx.span(of: before)
        try checkApproval(of: before, before: span.launchEnd(of: before.terms), at: now)
        let moment = try tx.profileMoment(of: authority.retailer, at: now)
        try checkAgreement(of: before, on: moment.today, in: tx)
        try DrawMembers(sampling: sampling).run(for: before, on: moment, in: author.world, tx)
        let startsAt = span.startsAt <= now ? try tx.localTimes(of: before, at: now).earliest : before.terms.startsAt
        let launched = before.changed(at: now) { campaign in
            campaign.state = state
            campaign.launchedAt = now
            campaign.terms.startsAt = max(startsAt, before.terms.startsAt)
        }
        let low = try fund(launched, on: moment.today, in: tx)
        try tx.update(launched)
        try tx.audit(
            author, "campaign.launched", about: EventSubject(id), before: CampaignSummary(campaign: before),
            after: CampaignSummary(campaign: launched))
        let facts = [event(of: launched)] + low
        try tx.append(facts, to: authority.retailer, ids: facts.map { _ in author.world.newID() }, at: now)
        return launched
    }

    private func checkApproval(of campaign: Campaign, before launchEnd: Instant, at now: Instant) throws {
        guard let approval = campaign.approval, approval.version == campaign.version,
            !approval.hasLapsed(at: now, launchEnd: launchEnd)
        else { throw Refusal.approvalLapsed }
    }

    private func checkAgreement(of campaign: Campaign, on today: BusinessDay, in tx: borrowing Transaction) throws {
        guard let owner = campaign.owner else { return }
        guard let agreement = try tx.shareAgreement(owner.agreement, of: campaign.retailer, supplier: owner.supplier),
            agreement.isInForce(on: today) || agreement.state == .active && today < agreement.startsOn,
            campaign.terms.lastDay <= agreement.endsOn
        else { throw Refusal.agreementNotInForce }
    }

    /// Moves the money; facts of wallets that it left low.
    private func fund(_ campaign: Campaign, on today: BusinessDay, in tx: borrowing Transaction) throws -> [Event] {
        let funding = try tx.fundingWallets(of: campaign)
        let budget = campaign.terms.budget
        let parts = try funding.split(budget.minor, campaign.fee)
        var transfers: [NewTransfer] = []
        for (place, wallet) in funding.wallets.enumerated() {
            let account = try tx.openCampaignAccount(of: id.value, fundedBy: wallet, at: campaign.retailer)
            try tx.updateFunding(of: campaign, wallet: wallet.id, account: account, budget: parts[place])
            guard parts[place] > 0 else { continue }
            transfers.append(
                NewTransfer(
                    id: DerivedID.make(campaign.retailer, key: "\(id)", leg: "launch \(wallet.id.value)"), kind: .launch,
                    debit: wallet.account, credit: account, amount: Money(minor: parts[place], asset: budget.asset),
                    campaign: id.value, cause: EventSubject(id), businessDay: today))
        }
        return try funding.reportingShortfalls {
            try tx.postWatching(transfers, of: campaign.retailer, at: campaign.updatedAt).facts
        }
    }

    private func event(of campaign: Campaign) -> Event {
        var event = campaign.event("campaign.launched") { json in
            json.field("budget", campaign.terms.budget)
            json.field("starts_at", campaign.terms.startsAt)
            json.field("ends_at", campaign.terms.endsAt)
        }
        event.amountMinor = campaign.terms.budget.minor
        return event
    }
}

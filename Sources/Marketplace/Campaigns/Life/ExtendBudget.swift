import EventLog
import HTTPSupport
import JSONText
import Kernel
import Ledger
import Parties
import Postgres
import Profiles

/// More money moves from a launched campaign's wallets to its accounts, within the limit of its terms, split as at launch. A
/// campaign that was paused because its budget was used up goes on.
///
/// Locks: the campaign, then accounts by id, then the log's head.
struct ExtendBudget: Sendable {
    let authority: CampaignAuthority?
    let id: CampaignID
    let retailer: RetailerID
    let amount: Money
    let reason: String

    enum Refusal: Kernel.Refusal, Hashable {
        case notExtensible
        case beyondLimit(left: Int64)

        var problem: Problem {
            switch self {
            case .notExtensible: Problem(409, "budget_not_extensible", "The campaign's terms allow no extension of its budget.")
            case .beyondLimit(let left):
                Problem(
                    409, "extension_beyond_limit", "The budget would grow beyond what was approved.",
                    detail: "\(left) minor units may still be added.")
            }
        }
    }

    /// Asked for by the campaign's owner.
    init(_ fields: Fields, of id: CampaignID, by authority: CampaignAuthority, in asset: Asset) {
        self.authority = authority
        self.id = id
        retailer = authority.retailer
        amount = fields.money("amount", in: asset, minor: 1...Money.bound)
        reason = fields.string("reason", max: Audit.reasonCharactersMax)
    }

    /// By the service, as the terms say.
    init(of campaign: Campaign, by amount: Int64) {
        authority = nil
        id = campaign.id
        retailer = campaign.retailer
        self.amount = Money(minor: amount, asset: campaign.terms.budget.asset)
        reason = Pause.budgetReason
    }

    func run(in tx: borrowing Transaction, by author: Author) throws -> Campaign {
        guard let before = try tx.lockCampaign(id, of: retailer, supplier: authority?.supplier) else {
            throw Problem.notFound("campaign")
        }
        try authority?.checkOwns(before)
        guard [.scheduled, .running, .paused].contains(before.state) else {
            throw WrongState(action: .extend, state: before.state)
        }
        let (now, today) = (author.world.now(), try tx.profileMoment(of: retailer, at: author.world.now()).today)
        try checkAgreement(of: before, on: today, in: tx)
        let (putIn, low) = try fund(before, on: today, in: tx, at: now)
        let resumes = before.pause?.isForBudget == true
        let after = before.changed(at: now) { campaign in
            guard resumes else { return }
            campaign.state = .running
            campaign.pause = nil
        }
        try tx.update(after)
        try tx.audit(
            author, "campaign.budget_extended", about: EventSubject(id), reason: reason,
            before: ExtendedBudget(campaign: before, budget: putIn - amount.minor),
            after: ExtendedBudget(campaign: after, budget: putIn))
        let facts = facts(of: after, putIn: putIn, resumes: resumes) + low
        try tx.append(facts, to: retailer, ids: facts.map { _ in author.world.newID() }, at: now)
        return after
    }

    private func checkAgreement(of campaign: Campaign, on today: BusinessDay, in tx: borrowing Transaction) throws {
        guard let owner = campaign.owner else { return }
        guard let agreement = try tx.shareAgreement(owner.agreement, of: retailer, supplier: owner.supplier),
            agreement.state == .active, today <= agreement.endsOn
        else { throw HaltCampaign.Refusal.agreementNotInForce }
    }

    /// Moves the money; what was put in by then, and the wallets that it left low.
    private func fund(
        _ campaign: Campaign, on today: BusinessDay, in tx: borrowing Transaction, at now: Instant
    ) throws -> (putIn: Int64, low: [Event]) {
        let stands = try tx.putIn(by: campaign)
        let before = stands.reduce(0, +)
        guard campaign.terms.budgetExtension != nil else { throw Refusal.notExtensible }
        let left = campaign.terms.extensionLeft(putIn: before)
        guard amount.minor <= left else { throw Refusal.beyondLimit(left: left) }
        // A budget may come to the same sum again: the revision does not.
        let move = CampaignMoneyMove(campaign: campaign, cause: "extension at \(campaign.revision)", today: today)
        return (before + amount.minor, try move.add(amount.minor, to: stands, in: tx, at: now))
    }

    private func facts(of campaign: Campaign, putIn: Int64, resumes: Bool) -> [Event] {
        var extended = campaign.event("campaign.budget_extended") { json in
            json.field("amount", amount)
            json.field("budget", Money(minor: putIn, asset: amount.asset))
            json.field("extension_left", Money(minor: campaign.terms.extensionLeft(putIn: putIn), asset: amount.asset))
            json.field("by", word: authority?.side ?? .platform)
        }
        extended.amountMinor = amount.minor
        return resumes ? [extended, campaign.resumedByBudget] : [extended]
    }
}

extension Campaign {
    /// A pause for an empty budget ends with the money that came.
    var resumedByBudget: Event {
        event("campaign.resumed") { json in
            json.field("by", word: CampaignSide.platform)
            json.field("reason", "budget_extended")
        }
    }
}

/// What the audit keeps of a campaign before and after.
private struct ExtendedBudget: JSONWritable {
    let campaign: Campaign
    let budget: Int64

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", campaign.id)
            json.field("state", word: campaign.state)
            json.field("revision", campaign.revision)
            json.field("budget", Money(minor: budget, asset: campaign.terms.budget.asset))
        }
    }
}

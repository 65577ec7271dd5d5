import Audiences
import EventLog
import JSONText
import Kernel
import Ledger
import Parties
import Postgres

/// Makes a launched campaign what was wanted and approved: money moves from its wallets or back to them, its end moves, a new version
/// begins with the next offer period. A campaign that was paused because its budget was used up goes on when it is given more.
struct ApplyChange: Sendable {
    private let change: CampaignChange
    private let before: Campaign
    private let check: ChangeCheck
    private let version: NewVersion?
    private let sampling: SupplierSampling

    init(
        _ change: CampaignChange, to campaign: Campaign, under check: ChangeCheck, _ version: NewVersion?,
        _ sampling: SupplierSampling, outcome: CampaignChange.Outcome
    ) {
        var applied = change
        applied.state = .applied
        applied.outcome = outcome
        applied.end?.before = campaign.terms.endsAt
        applied.eligibility?.before = campaign.terms.eligibility
        applied.made = version.map { .init(version: $0.campaign.version, from: $0.from) }
        self.change = applied
        self.check = check
        self.version = version
        self.sampling = sampling
        before = campaign
    }

    func run(in tx: borrowing Transaction, by author: Author) throws -> CampaignChange {
        let now = author.world.now()
        var change = change
        let stands = try tx.putIn(by: before)
        let putIn = stands.reduce(0, +)
        change.budget?.before = putIn
        change.products?.countBefore = try tx.productCount(of: before)
        let more = (change.budget?.after ?? putIn) - putIn
        let low = try move(more, stands, in: tx, at: now)
        let resumes = more > 0 && before.pause?.isForBudget == true
        let after = next(resuming: resumes, at: now)
        try tx.update(after)
        if let version {
            try BeginVersion(version: version, before: before, change: change, sampling: sampling).run(
                for: after, in: tx, by: author)
        }
        if try !tx.update(change, of: after, by: author) { try tx.insert(change, of: after, by: author) }
        try tx.audit(
            author, "campaign.changed", about: EventSubject(before.id), reason: change.reason,
            before: ChangedCampaign(campaign: before, putIn: putIn),
            after: ChangedCampaign(campaign: after, putIn: putIn + more))
        let facts = facts(of: after, change, resumes: resumes) + low
        try tx.append(facts, to: before.retailer, ids: facts.map { _ in author.world.newID() }, at: now)
        return change
    }

    private func next(resuming resumes: Bool, at now: Instant) -> Campaign {
        before.approving(change).changed(at: now) { campaign in
            if version != nil {
                campaign.submission = Submission(at: change.at, person: change.person)
                campaign.editedBy = change.person
                campaign.approval = Approval(version: campaign.version, at: now)
            }
            guard resumes else { return }
            campaign.state = .running
            campaign.pause = nil
        }
    }

    /// Facts of wallets that it left low.
    private func move(_ more: Int64, _ stands: [Int64], in tx: borrowing Transaction, at now: Instant) throws -> [Event] {
        guard more != 0 else { return [] }
        let money = CampaignMoneyMove(campaign: before, cause: "change \(change.id)", today: check.today)
        if more > 0 { return try money.add(more, to: stands, in: tx, at: now) }
        try money.release(-more, of: stands, in: tx, at: now)
        return []
    }

    private func facts(of campaign: Campaign, _ change: CampaignChange, resumes: Bool) -> [Event] {
        let changed = campaign.event("campaign.changed") { change.writeFact(to: &$0) }
        return resumes ? [changed, campaign.resumedByBudget] : [changed]
    }
}

/// What the audit keeps of a campaign before and after.
private struct ChangedCampaign: JSONWritable {
    let campaign: Campaign
    let putIn: Int64

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", campaign.id)
            json.field("state", word: campaign.state)
            json.field("revision", campaign.revision)
            json.field("budget", Money(minor: putIn, asset: campaign.terms.budget.asset))
            json.field("approved_budget", campaign.terms.budget)
            json.field("ends_at", campaign.terms.endsAt)
            json.field("version", campaign.version)
            json.field("eligibility", campaign.terms.eligibility)
        }
    }
}

extension CampaignChange {
    /// Members of a fact's open object, beside the campaign's.
    func writeFact(to json: inout JSONWriter) {
        json.field("change_id", id)
        writeSteps(to: &json)
        writeVersionFact(to: &json)
        json.field("by", word: side)
        json.field("reason", reason)
    }
}

extension Campaign {
    /// A change that came to nothing.
    func closed(_ change: CampaignChange) -> Event {
        event("campaign.change_closed") { json in
            change.writeFact(to: &json)
            json.field("outcome", word: change.state)
            json.field("comment", change.outcome?.comment ?? "")
        }
    }
}

import EventLog
import JSONText
package import Kernel
package import Parties
import Postgres
package import Tenancy

/// A campaign as it stands: who owns it, where it is in its life, and the terms of its present version.
package struct Campaign: Sendable, Hashable {
    package let id: CampaignID
    package let retailer: RetailerID
    /// Whose campaign it is: nil is the retailer's own.
    package let owner: CampaignOwner?
    package var state: CampaignState
    /// The version that is drafted, or that was approved and runs.
    package var version: Int64
    package var terms: CampaignTerms
    /// The agreement's fee when the version was submitted.
    package var fee: BasisPoints
    package var submission: Submission?
    package var approval: Approval?
    package var launchedAt: Instant?
    package var pause: Pause?
    package var endedAt: Instant?
    /// Sales inside the period pay until the end of this day.
    package var settlesUntil: BusinessDay?
    package var closedAt: Instant?
    /// The version with which it was launched, where it has become about something else since.
    package var launchedVersion: Int64?
    /// The budget that a change had approved beyond the version's, in minor units; then `terms` have it.
    package var raisedBudgetMinor: Int64?
    /// The end that was approved, where a change has moved it.
    package var approvedEnd: LocalTime?
    /// Rises with every change; the ETag of edits.
    package var revision: Int64
    package let createdBy: PersonID?
    package var editedBy: PersonID?
    package let createdAt: Instant
    package var updatedAt: Instant

    package var supplier: SupplierID? { owner?.supplier }
    package var agreement: AgreementID? { owner?.agreement }

    /// The first of the versions that some sale may be judged by; `version` is the last.
    var firstVersionInForce: Int64 { launchedVersion ?? version }
}

/// The supplier whose campaign it is, and the agreement under which it runs.
package struct CampaignOwner: Sendable, Hashable {
    package let supplier: SupplierID
    package let agreement: AgreementID

    package init(supplier: SupplierID, agreement: AgreementID) {
        self.supplier = supplier
        self.agreement = agreement
    }
}

/// When a version was handed in, and by which person; a service has none.
package struct Submission: Sendable, Hashable {
    package let at: Instant
    package let person: PersonID?
}

/// An approval binds one version. It lapses when the campaign can no longer be launched, or after 30 days.
package struct Approval: Sendable, Hashable {
    package static let secondsMax: Int64 = 30 * 86_400

    package let version: Int64
    package let at: Instant

    /// `launchEnd`: the moment from which on the campaign cannot be launched.
    package func hasLapsed(at now: Instant, launchEnd: Instant) -> Bool {
        launchEnd <= now || at.adding(seconds: Self.secondsMax) <= now
    }
}

/// Who halted it, and why. Only the side that paused resumes.
package struct Pause: Sendable, Hashable {
    package let by: CampaignSide
    package let reason: String

    /// Why the service itself pauses.
    static let agreementReason = "agreement_not_in_force"
    static let budgetReason = "budget_exhausted"

    var isForAgreement: Bool { by == .platform && reason == Self.agreementReason }
    var isForBudget: Bool { by == .platform && reason == Self.budgetReason }
}

/// On whose behalf something is done to a campaign.
package enum CampaignSide: String, CaseIterable, SQLWord {
    case retailer, supplier
    /// The service itself: an agreement was suspended, a time has come.
    case platform
}

extension Campaign {
    /// This campaign as the next revision.
    func changed(at now: Instant, _ change: (inout Campaign) -> Void) -> Campaign {
        var next = self
        change(&next)
        next.revision += 1
        next.updatedAt = now
        return next
    }

    /// A fact about it, for the retailer and its supplier.
    func event(_ type: StaticString, _ more: (inout JSONWriter) -> Void = { _ in }) -> Event {
        var event = Event("\(type)", about: EventSubject(id), suppliers: supplier.map { [$0] } ?? []) { json in
            json.field("campaign_id", id)
            json.field("supplier_id", supplier)
            json.field("agreement_id", agreement)
            json.field("name", terms.name)
            json.field("state", word: state)
            json.field("version", version)
            more(&json)
        }
        event.campaign = id.value
        return event
    }
}

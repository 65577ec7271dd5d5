package import JSONText
package import Kernel

/// A campaign as it is shown, with the moments at which it starts in the first and ends in the last of its stores.
package struct CampaignView: Sendable, JSONWritable {
    package let campaign: Campaign
    package let span: CampaignSpan

    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", campaign.id)
            json.field("retailer_id", campaign.retailer)
            json.field("supplier_id", campaign.supplier)
            json.field("agreement_id", campaign.agreement)
            json.field("state", word: campaign.state)
            json.field("version", campaign.version)
            campaign.terms.writeMembers(to: &json)
            json.field("fee_bp", campaign.fee)
            json.field("first_starts_at", span.startsAt)
            json.field("last_ends_at", span.endsAt)
            writeLife(to: &json)
            json.field("created_at", campaign.createdAt)
            json.field("updated_at", campaign.updatedAt)
        }
    }

    private func writeLife(to json: inout JSONWriter) {
        json.field("submitted_at", campaign.submission?.at)
        json.field("approved_version", campaign.approval?.version)
        json.field("approved_at", campaign.approval?.at)
        json.field("launched_at", campaign.launchedAt)
        json.field("paused_by", campaign.pause?.by.rawValue)
        json.field("pause_reason", campaign.pause?.reason)
        json.field("ended_at", campaign.endedAt)
        json.field("settles_until", campaign.settlesUntil)
        json.field("closed_at", campaign.closedAt)
    }
}

/// The instants between which a campaign runs somewhere: local times mean others in each zone.
package struct CampaignSpan: Sendable, Hashable {
    /// Where the clock strikes `startsAt` first.
    package let startsAt: Instant
    /// Where it strikes `endsAt` last.
    package let endsAt: Instant
    /// Where the last day of settling ends last; nil before the campaign has ended.
    package let closesAt: Instant?

    package init(startsAt: Instant, endsAt: Instant, closesAt: Instant? = nil) {
        self.startsAt = startsAt
        self.endsAt = endsAt
        self.closesAt = closesAt
    }

    /// The moment from which on it cannot be launched: its start in the first of its stores, or its end where it may start
    /// late.
    func launchEnd(of terms: CampaignTerms) -> Instant { terms.startsLate ? endsAt : startsAt }
}

/// What is kept of a campaign in the audit and in the answers to writes: without its lists, which may be long.
package struct CampaignSummary: Sendable, JSONWritable {
    package let campaign: Campaign

    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", campaign.id)
            json.field("supplier_id", campaign.supplier)
            json.field("agreement_id", campaign.agreement)
            json.field("name", campaign.terms.name)
            json.field("state", word: campaign.state)
            json.field("version", campaign.version)
            json.field("revision", campaign.revision)
            json.field("starts_at", campaign.terms.startsAt)
            json.field("ends_at", campaign.terms.endsAt)
            json.field("budget", campaign.terms.budget)
            json.field("launched_at", campaign.launchedAt)
            json.field("paused_by", campaign.pause?.by.rawValue)
            json.field("pause_reason", campaign.pause?.reason)
            json.field("settles_until", campaign.settlesUntil)
        }
    }
}

import Audiences
package import Bitmaps
package import Kernel
package import Postgres
package import Profiles

/// What a campaign for a live audience finds when it looks at it again: who is of it now, and who of them is new.
package struct LiveAudience: Sendable {
    /// Everybody of the audience now.
    package let current: KeySet
    /// Who was never let in before: those who are shown the offer, and those who are held out.
    package let shown: KeySet
    package let held: KeySet
}

extension Transaction {
    /// Campaigns that run for a live audience and have not looked at it since a day closed; not those that wait to be for another
    /// one from a later day on.
    package func staleAudiences(of retailer: RetailerID, asOf day: BusinessDay) throws -> Set<CampaignID> {
        Set(
            try query(
                """
                SELECT campaign.campaign_id
                FROM campaign
                JOIN campaign_version AS content ON content.retailer_id = \(retailer)
                    AND content.campaign_id = campaign.campaign_id AND content.version = campaign.version
                JOIN campaign_members AS members ON members.retailer_id = \(retailer)
                    AND members.campaign_id = campaign.campaign_id AND members.version = campaign.version
                WHERE campaign.retailer_id = \(retailer) AND campaign.state = 'running'
                    AND content.eligibility ->> 'mode' = \(AudienceChoice.Mode.live.rawValue) AND members.as_of < \(day)
                    AND COALESCE(content.in_force_from <= \(day.adding(days: 1)), true)
                """, { row in try row.next(CampaignID.self) }))
    }

    /// Looks at the audience of a campaign again. Nil where it is for everyone. Who is held out depends on the shopper and the
    /// campaign alone, as at the launch.
    package func liveAudience(of campaign: CampaignID, on moment: ProfileMoment) throws -> LiveAudience? {
        guard let campaign = try self.campaign(campaign, of: moment.retailer, supplier: nil),
            case .audience(let choice) = campaign.terms.eligibility,
            let predicate = try predicate(of: choice.audience, version: choice.version, at: moment.retailer),
            let known = try members(of: campaign.id, version: campaign.version, at: moment.retailer)
        else { return nil }
        let keys = try members(of: predicate, on: moment)
        let members = CampaignMembers(keys, Holdout(campaign.terms.holdout, of: campaign.id))
        let letIn = known.shown.union(known.holdout)
        return LiveAudience(
            current: KeySet(keys.map { UInt32($0) }), shown: KeySet(members.shown).subtracting(letIn),
            held: KeySet(members.held).subtracting(letIn))
    }

    /// Lets newcomers in for good, but those who were erased meanwhile.
    package func admit(
        _ audience: LiveAudience, to campaign: CampaignID, asOf day: BusinessDay, without erased: KeySet, at retailer: RetailerID
    ) throws {
        let row = try first(
            """
            SELECT members.version, members.shown, members.holdout
            FROM campaign_members AS members
            JOIN campaign ON campaign.retailer_id = \(retailer) AND campaign.campaign_id = members.campaign_id
                AND campaign.version = members.version
            WHERE members.retailer_id = \(retailer) AND members.campaign_id = \(campaign)
            FOR UPDATE OF members
            """
        ) { row in
            (
                version: try row.next(Int64.self), shown: try KeySet(portable: try row.next(Bytes.self).array),
                held: try KeySet(portable: try row.next(Bytes.self).array)
            )
        }
        guard let row else { return }
        let (newcomers, kept) = (audience.shown.subtracting(erased), audience.held.subtracting(erased))
        let (shown, held) = (row.shown.union(newcomers), row.held.union(kept))
        try execute(
            """
            UPDATE campaign_members
            SET shown = \(Bytes(shown.portableBytes)), holdout = \(Bytes(held.portableBytes)),
                counted = counted + \(newcomers.count + kept.count), as_of = \(day)
            WHERE retailer_id = \(retailer) AND campaign_id = \(campaign) AND version = \(row.version)
            """)
    }
}

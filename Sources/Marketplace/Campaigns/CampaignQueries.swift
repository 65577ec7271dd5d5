import HTTPSupport
import JSONText
package import Kernel
import Ledger
import Parties
package import Postgres
import Tenancy

extension Transaction {
    /// One campaign of a retailer; of one supplier's only, where that is given.
    package func campaign(_ id: CampaignID, of retailer: RetailerID, supplier: SupplierID? = nil) throws -> Campaign? {
        try first(
            """
            \(fragment: selectCampaign)
            WHERE campaign.retailer_id = \(retailer) AND campaign.campaign_id = \(id)
                AND (\(supplier)::uuid IS NULL OR campaign.supplier_id = \(supplier))
            """, { row in try Campaign(row: &row) })
    }

    /// The campaign, locked for a change. Locked in one statement and read in the next, so that what is read is what stands.
    func lockCampaign(_ id: CampaignID, of retailer: RetailerID, supplier: SupplierID? = nil) throws -> Campaign? {
        try execute("SELECT FROM campaign WHERE retailer_id = \(retailer) AND campaign_id = \(id) FOR NO KEY UPDATE")
        return try campaign(id, of: retailer, supplier: supplier)
    }

    /// Served by the primary key, and by `campaign_by_supplier` for a supplier.
    func campaigns(
        of retailer: RetailerID, supplier: SupplierID?, state: CampaignState?, after id: CampaignID?, limit: Int
    ) throws -> [Campaign] {
        try query(
            """
            \(fragment: selectCampaign)
            WHERE campaign.retailer_id = \(retailer)
                AND (\(supplier)::uuid IS NULL OR campaign.supplier_id = \(supplier))
                AND (\(state)::text IS NULL OR campaign.state = \(state))
                AND (\(id)::uuid IS NULL OR campaign.campaign_id > \(id))
            ORDER BY campaign.campaign_id
            LIMIT \(limit)
            """, { row in try Campaign(row: &row) })
    }

    /// When campaigns start in the first and end in the last of their stores: of all stores, before any are frozen, and by
    /// the retailer's own clock where there are none.
    func spans(of ids: [CampaignID], at retailer: RetailerID) throws -> [CampaignID: CampaignSpan] {
        let found = try query(
            """
            SELECT campaign.campaign_id,
                COALESCE(span.starts_at, zone_instant(retailer.zone, campaign.starts_at)),
                COALESCE(span.ends_at, zone_instant(retailer.zone, campaign.ends_at)),
                COALESCE(
                    span.closes_at, zone_instant(retailer.zone, (campaign.settles_until + 1)::timestamp)
                )
            FROM campaign
            JOIN retailer ON retailer.retailer_id = campaign.retailer_id
            CROSS JOIN LATERAL (
                SELECT min(zone_instant(place.zone, campaign.starts_at)) AS starts_at,
                    max(zone_instant(place.zone, campaign.ends_at)) AS ends_at,
                    max(zone_instant(place.zone, (campaign.settles_until + 1)::timestamp)) AS closes_at
                FROM (
                    SELECT DISTINCT store.zone
                    FROM store
                    WHERE store.retailer_id = campaign.retailer_id AND (
                        NOT EXISTS (
                            SELECT FROM campaign_store AS chosen
                            WHERE chosen.retailer_id = campaign.retailer_id AND chosen.campaign_id = campaign.campaign_id
                                AND chosen.version = campaign.version
                        ) OR EXISTS (
                            SELECT FROM campaign_store AS chosen
                            WHERE chosen.retailer_id = campaign.retailer_id AND chosen.campaign_id = campaign.campaign_id
                                AND chosen.version = campaign.version AND chosen.store_id = store.store_id
                        )
                    )
                ) AS place
            ) AS span
            WHERE campaign.retailer_id = \(retailer) AND campaign.campaign_id = ANY (\(ids))
            """
        ) { row in
            (
                try row.next(CampaignID.self),
                CampaignSpan(startsAt: try row.next(), endsAt: try row.next(), closesAt: try row.nextOptional())
            )
        }
        return Dictionary(uniqueKeysWithValues: found)
    }

    func span(of campaign: Campaign) throws -> CampaignSpan {
        guard let span = try spans(of: [campaign.id], at: campaign.retailer)[campaign.id] else {
            throw DatabaseError.rowCount(expected: 1, found: 0)
        }
        return span
    }
}

private let selectCampaign: SQL = """
    SELECT campaign.campaign_id, campaign.retailer_id, campaign.supplier_id, campaign.agreement_id, campaign.state,
        campaign.version, retailer.asset, campaign.name, campaign.starts_at, campaign.ends_at, content.eligibility,
        content.condition, content.reward, content.depth_by_shopper, content.limits, content.presentation,
        COALESCE(campaign.raised_budget_amount, content.budget_amount), content.extension_limit,
        content.extension_step, content.pacing, content.holdout_bp,
        content.follow_catalogue,
        ARRAY(
            SELECT funding.wallet_id FROM campaign_funding AS funding
            WHERE funding.retailer_id = campaign.retailer_id AND funding.campaign_id = campaign.campaign_id
            ORDER BY funding.place
        ),
        ARRAY(
            SELECT funding.kind FROM campaign_funding AS funding
            WHERE funding.retailer_id = campaign.retailer_id AND funding.campaign_id = campaign.campaign_id
            ORDER BY funding.place
        ),
        ARRAY(
            SELECT funding.value FROM campaign_funding AS funding
            WHERE funding.retailer_id = campaign.retailer_id AND funding.campaign_id = campaign.campaign_id
            ORDER BY funding.place
        ),
        ARRAY(
            SELECT funding.cap_amount FROM campaign_funding AS funding
            WHERE funding.retailer_id = campaign.retailer_id AND funding.campaign_id = campaign.campaign_id
            ORDER BY funding.place
        ),
        content.stacking_group, content.needs_activation, content.fee_bp, content.submitted_at, content.submitted_by_person, campaign.approved_version, campaign.approved_at,
        campaign.launched_at, campaign.paused_by, campaign.pause_reason, campaign.ended_at, campaign.settles_until,
        campaign.closed_at, campaign.raised_budget_amount, campaign.approved_ends_at, campaign.revision, campaign.created_by_person, content.edited_by_person, campaign.created_at,
        campaign.updated_at, campaign.launched_version
    FROM campaign
    JOIN retailer ON retailer.retailer_id = campaign.retailer_id
    JOIN campaign_version AS content ON content.retailer_id = campaign.retailer_id
        AND content.campaign_id = campaign.campaign_id AND content.version = campaign.version
    """

extension Campaign {
    init(row: inout Row) throws {
        id = try row.next()
        retailer = try row.next()
        let supplier = try row.nextOptional(SupplierID.self)
        let agreement = try row.nextOptional(AgreementID.self)
        if let supplier, let agreement {
            owner = CampaignOwner(supplier: supplier, agreement: agreement)
        } else {
            owner = nil
        }
        state = try row.next()
        version = try row.next()
        terms = try CampaignTerms(row: &row)
        fee = try row.next()
        let (submittedAt, submittedBy) = (try row.nextOptional(Instant.self), try row.nextOptional(PersonID.self))
        submission = submittedAt.map { Submission(at: $0, person: submittedBy) }
        let (approvedVersion, approvedAt) = (try row.nextOptional(Int64.self), try row.nextOptional(Instant.self))
        if let approvedVersion, let approvedAt { approval = Approval(version: approvedVersion, at: approvedAt) }
        launchedAt = try row.nextOptional()
        let (pausedBy, pauseReason) = (try row.nextOptional(CampaignSide.self), try row.nextOptional(String.self))
        pause = pausedBy.map { Pause(by: $0, reason: pauseReason ?? "") }
        endedAt = try row.nextOptional()
        settlesUntil = try row.nextOptional()
        closedAt = try row.nextOptional()
        raisedBudgetMinor = try row.nextOptional()
        approvedEnd = try row.nextOptional(Instant.self).map(LocalTime.init(clock:))
        revision = try row.next()
        createdBy = try row.nextOptional()
        editedBy = try row.nextOptional()
        createdAt = try row.next()
        updatedAt = try row.next()
        launchedVersion = try row.nextOptional()
    }
}

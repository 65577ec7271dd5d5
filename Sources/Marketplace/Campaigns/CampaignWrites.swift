import JSONText
import Kernel
import Ledger
import Postgres
import Tenancy

extension Transaction {
    func insert(_ campaign: Campaign, by principal: Principal) throws {
        let terms = campaign.terms
        try execute(
            """
            INSERT INTO campaign (
                retailer_id, campaign_id, supplier_id, agreement_id, name, state, version, starts_at, ends_at, revision,
                created_by_person, created_by_key, created_at, updated_at
            )
            VALUES (
                \(campaign.retailer), \(campaign.id), \(campaign.supplier), \(campaign.agreement), \(terms.name),
                \(campaign.state), \(campaign.version), \(terms.startsAt.clock)::timestamptz AT TIME ZONE 'UTC',
                \(terms.endsAt.clock)::timestamptz AT TIME ZONE 'UTC', \(campaign.revision), \(campaign.createdBy),
                \(principal.key), \(campaign.createdAt), \(campaign.updatedAt)
            )
            """)
        try putVersion(of: campaign, by: principal)
    }

    /// Writes the terms as the version says, and who pays: a row of its own once, in place while it is a draft.
    func putVersion(of campaign: Campaign, by principal: Principal) throws {
        try putTerms(of: campaign, by: principal)
        try putFunding(of: campaign)
    }

    /// The wallets of a launched campaign stay.
    func putTerms(of campaign: Campaign, by principal: Principal) throws {
        let terms = campaign.terms
        try execute(
            """
            INSERT INTO campaign_version (
                retailer_id, campaign_id, supplier_id, version, eligibility, condition, reward, depth_by_shopper, limits,
                presentation,
                budget_amount, extension_limit, extension_step, pacing, holdout_bp, fee_bp, follow_catalogue, stacking_group,
                needs_activation, edited_by_person, edited_by_key, created_at
            )
            VALUES (
                \(campaign.retailer), \(campaign.id), \(campaign.supplier), \(campaign.version),
                \(JSONB(terms.eligibility.jsonBytes)), \(JSONB(CampaignCondition(terms).jsonBytes)),
                \(JSONB(terms.reward.jsonBytes)), \(terms.depthByShopper.map { JSONB($0.jsonBytes) }),
                \(JSONB(terms.limits.jsonBytes)), \(JSONB(terms.presentation.jsonBytes)),
                \(terms.budget.minor), \(terms.budgetExtension?.limit.minor), \(terms.budgetExtension?.step?.minor),
                \(terms.pacing.map { JSONB($0.jsonBytes) }), \(terms.holdout), \(campaign.fee), \(terms.followsCatalogue),
                \(terms.stackingGroup ?? ""), \(terms.needsActivation), \(campaign.editedBy), \(principal.key),
                \(campaign.updatedAt)
            )
            ON CONFLICT (retailer_id, campaign_id, version) DO UPDATE
            SET eligibility = EXCLUDED.eligibility, condition = EXCLUDED.condition, reward = EXCLUDED.reward,
                depth_by_shopper = EXCLUDED.depth_by_shopper, limits = EXCLUDED.limits, presentation = EXCLUDED.presentation, budget_amount = EXCLUDED.budget_amount,
                extension_limit = EXCLUDED.extension_limit, extension_step = EXCLUDED.extension_step,
                pacing = EXCLUDED.pacing, holdout_bp = EXCLUDED.holdout_bp, fee_bp = EXCLUDED.fee_bp, follow_catalogue = EXCLUDED.follow_catalogue,
                stacking_group = EXCLUDED.stacking_group, needs_activation = EXCLUDED.needs_activation,
                edited_by_person = EXCLUDED.edited_by_person, edited_by_key = EXCLUDED.edited_by_key
            """)
    }

    private func putFunding(of campaign: Campaign) throws {
        let parts = campaign.terms.funding.parts
        try pipeline([
            """
            DELETE FROM campaign_funding
            WHERE retailer_id = \(campaign.retailer) AND campaign_id = \(campaign.id)
            """,
            """
            INSERT INTO campaign_funding (
                retailer_id, campaign_id, supplier_id, place, wallet_id, kind, value, cap_amount
            )
            SELECT \(campaign.retailer), \(campaign.id), \(campaign.supplier), part.place, part.wallet_id, part.kind,
                part.value, part.cap_amount
            FROM unnest(
                \(parts.map(\.wallet)), \(parts.map(\.kind.word)), \(parts.map(\.kind.value)), \(parts.map(\.capMinor))
            ) WITH ORDINALITY AS part (wallet_id, kind, value, cap_amount, place)
            """,
        ])
    }

    /// Writes where a campaign stands after a change of state or of its draft.
    func update(_ campaign: Campaign) throws {
        let terms = campaign.terms
        try execute(
            """
            UPDATE campaign
            SET name = \(terms.name), state = \(campaign.state), version = \(campaign.version),
                starts_at = \(terms.startsAt.clock)::timestamptz AT TIME ZONE 'UTC',
                ends_at = \(terms.endsAt.clock)::timestamptz AT TIME ZONE 'UTC',
                approved_version = \(campaign.approval?.version), approved_at = \(campaign.approval?.at),
                launched_at = \(campaign.launchedAt), paused_by = \(campaign.pause?.by),
                pause_reason = \(campaign.pause?.reason),
                paused_at = CASE
                    WHEN \(campaign.state) IN ('scheduled', 'running') THEN NULL
                    WHEN \(campaign.state) = 'paused' AND (state <> 'paused' OR pause_reason <> \(campaign.pause?.reason))
                        THEN \(campaign.updatedAt)
                    -- A budget that was used up refused no sale of the period that money is left for.
                    WHEN \(campaign.state) <> 'paused' AND paused_by = 'platform' AND pause_reason = \(Pause.budgetReason)
                        THEN NULL
                    ELSE paused_at
                END,
                ended_at = \(campaign.endedAt),
                settles_until = \(campaign.settlesUntil), closed_at = \(campaign.closedAt), raised_budget_amount = \(campaign.raisedBudgetMinor),
                approved_ends_at = \(campaign.approvedEnd?.clock)::timestamptz AT TIME ZONE 'UTC', revision = \(campaign.revision),
                updated_at = \(campaign.updatedAt)
            WHERE retailer_id = \(campaign.retailer) AND campaign_id = \(campaign.id)
            """)
    }

    /// Marks the version as handed in, with the fee that then holds.
    func updateSubmission(of campaign: Campaign) throws {
        try execute(
            """
            UPDATE campaign_version
            SET submitted_at = \(campaign.submission?.at), submitted_by_person = \(campaign.submission?.person),
                fee_bp = \(campaign.fee)
            WHERE retailer_id = \(campaign.retailer) AND campaign_id = \(campaign.id) AND version = \(campaign.version)
            """)
    }
}

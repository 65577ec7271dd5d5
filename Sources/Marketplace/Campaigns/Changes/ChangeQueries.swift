import HTTPSupport
import JSONText
import Kernel
import Parties
import Postgres
import Tenancy

extension Transaction {
    /// What each wallet of a launched campaign has put in, in the order of its funding.
    func putIn(by campaign: Campaign) throws -> [Int64] {
        try query(
            """
            SELECT COALESCE(budget_amount, 0)
            FROM campaign_funding
            WHERE retailer_id = \(campaign.retailer) AND campaign_id = \(campaign.id)
            ORDER BY place
            """, { row in try row.next() })
    }

    func insert(_ change: CampaignChange, of campaign: Campaign, by author: Author) throws {
        try execute(
            """
            INSERT INTO campaign_change (
                retailer_id, campaign_id, change_id, supplier_id, state, budget_before, budget_after, ends_before, ends_after,
                products, product_ids, products_before, eligibility_before, eligibility_after, made_version, in_force_from,
                reason, side, proposed_by_person, proposed_by_key, proposed_at, comment, decided_by_person, decided_by_key,
                decided_at
            )
            VALUES (
                \(campaign.retailer), \(campaign.id), \(change.id), \(campaign.supplier), \(change.state),
                \(change.budget?.before), \(change.budget?.after),
                \(change.end?.before.clock)::timestamptz AT TIME ZONE 'UTC',
                \(change.end?.after.clock)::timestamptz AT TIME ZONE 'UTC',
                \(change.products.map { JSONB($0.after.jsonBytes) }), \(change.productIDs), \(change.products?.countBefore),
                \(change.eligibility.map { JSONB($0.before.jsonBytes) }),
                \(change.eligibility.map { JSONB($0.after.jsonBytes) }), \(change.made?.version), \(change.made?.from),
                \(change.reason), \(change.side),
                \(change.person), \(author.principal.key), \(change.at), \(change.outcome?.comment ?? ""),
                \(change.outcome?.person), \(change.outcome.map { _ in author.principal.key }), \(change.outcome?.at)
            )
            """)
    }

    /// Writes how a change that waited came to its end; false where it is not on file.
    @discardableResult
    func update(_ change: CampaignChange, of campaign: Campaign, by author: Author) throws -> Bool {
        try execute(
            """
            UPDATE campaign_change
            SET state = \(change.state), budget_before = \(change.budget?.before),
                ends_before = \(change.end?.before.clock)::timestamptz AT TIME ZONE 'UTC',
                products_before = \(change.products?.countBefore),
                eligibility_before = \(change.eligibility.map { JSONB($0.before.jsonBytes) }),
                made_version = \(change.made?.version), in_force_from = \(change.made?.from), comment = \(change.outcome?.comment ?? ""), decided_by_person = \(change.outcome?.person),
                decided_by_key = \(author.principal.key), decided_at = \(change.outcome?.at)
            WHERE retailer_id = \(campaign.retailer) AND campaign_id = \(campaign.id) AND change_id = \(change.id)
            """) == 1
    }

    func change(_ id: ChangeID, of campaign: Campaign) throws -> CampaignChange? {
        try first(
            """
            \(fragment: selectChange(of: campaign)) AND change_id = \(id)
            """, { row in try CampaignChange(row: &row, of: campaign) })
    }

    /// The one that waits. Index: `campaign_change_waits`.
    func proposedChange(of campaign: Campaign) throws -> CampaignChange? {
        try first(
            """
            \(fragment: selectChange(of: campaign)) AND state = 'proposed'
            """, { row in try CampaignChange(row: &row, of: campaign) })
    }

    /// All that were wanted, oldest first.
    func changes(of campaign: Campaign, after id: ChangeID?, limit: Int) throws -> [CampaignChange] {
        try query(
            """
            \(fragment: selectChange(of: campaign)) AND (\(id)::uuid IS NULL OR change_id > \(id))
            ORDER BY change_id
            LIMIT \(limit)
            """, { row in try CampaignChange(row: &row, of: campaign) })
    }

    /// One that nobody decided before the campaign was over has lapsed.
    private func selectChange(of campaign: Campaign) -> SQL {
        let isOver = ![.scheduled, .running, .paused].contains(campaign.state)
        return """
            SELECT change_id, CASE WHEN state = 'proposed' AND \(isOver) THEN 'lapsed' ELSE state END, budget_before,
                budget_after, ends_before, ends_after, products, product_ids, products_before, eligibility_before,
                eligibility_after, made_version, in_force_from, reason, side, proposed_by_person, proposed_at, decided_by_person,
                comment, decided_at
            FROM campaign_change
            WHERE retailer_id = \(campaign.retailer) AND campaign_id = \(campaign.id)
            """
    }

    /// The last day for which somebody was promised the campaign's offer, also where it may come back after a pause; nil where
    /// nobody was. Index: the primary key.
    func promisedThrough(_ campaign: Campaign) throws -> BusinessDay? {
        try first(
            """
            SELECT period_ends_on
            FROM offer_grant
            WHERE retailer_id = \(campaign.retailer) AND campaign_id = \(campaign.id)
                AND (state = 'in_force' OR withdrawn_reason IN ('paused', 'budget_exhausted'))
            ORDER BY period_ends_on DESC
            LIMIT 1
            """, { row in try row.next() })
    }

    /// The products that are still in the campaign, with the price they had when they were frozen.
    func recordedBases(of campaign: Campaign) throws -> [(id: ExternalID, ordinal: Int32, baseMinor: Int64?)] {
        try query(
            """
            SELECT product_id, product_ordinal, recorded_base_amount
            FROM campaign_product
            WHERE retailer_id = \(campaign.retailer) AND campaign_id = \(campaign.id) AND version = \(campaign.version)
                AND withdrawn_at IS NULL
            ORDER BY product_id
            """, { row in (id: try row.next(), ordinal: try row.next(), baseMinor: try row.nextOptional()) })
    }

    /// The stores that are still named; nil where it runs in all.
    func frozenStores(of campaign: Campaign) throws -> Set<ExternalID>? {
        let stores = try query(
            """
            SELECT store_id, withdrawn_at IS NULL
            FROM campaign_store
            WHERE retailer_id = \(campaign.retailer) AND campaign_id = \(campaign.id) AND version = \(campaign.version)
            """, { row in (id: try row.next(ExternalID.self), isNamed: try row.next(Bool.self)) })
        return stores.isEmpty ? nil : Set(stores.filter(\.isNamed).map(\.id))
    }
}

extension CampaignChange {
    fileprivate init(row: inout Row, of campaign: Campaign) throws {
        id = try row.next()
        self.campaign = campaign.id
        state = try row.next()
        let (putIn, budget) = (try row.nextOptional(Int64.self), try row.nextOptional(Int64.self))
        if let putIn, let budget { self.budget = Step(before: putIn, after: budget) }
        let (ended, ends) = (try row.nextOptional(Instant.self), try row.nextOptional(Instant.self))
        if let ended, let ends { end = Step(before: LocalTime(clock: ended), after: LocalTime(clock: ends)) }
        let selection = try row.nextStoredOptional(ProductSelection.init(_:))
        let (resolved, count) = (try row.next([ExternalID].self), try row.nextOptional(Int64.self))
        products = selection.map { ChangedProducts(after: $0, countBefore: count ?? 0, resolved: resolved) }
        let eligible = try row.nextStoredOptional(CampaignEligibility.init(_:))
        let becomes = try row.nextStoredOptional(CampaignEligibility.init(_:))
        if let eligible, let becomes { eligibility = Step(before: eligible, after: becomes) }
        let (made, from) = (try row.nextOptional(Int64.self), try row.nextOptional(BusinessDay.self))
        if let made, let from { self.made = MadeVersion(version: made, from: from) }
        reason = try row.next()
        side = try row.next()
        person = try row.nextOptional()
        at = try row.next()
        let (decider, comment) = (try row.nextOptional(PersonID.self), try row.next(String.self))
        outcome = try row.nextOptional(Instant.self).map { Outcome(person: decider, comment: comment, at: $0) }
        asset = campaign.terms.budget.asset
    }
}

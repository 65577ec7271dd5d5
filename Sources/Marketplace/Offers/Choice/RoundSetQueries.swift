import Bitmaps
import Campaigns
import Kernel
import Parties
import Postgres
import Profiles

/// What shoppers were promised of one campaign before a round.
struct HeldOffer: Sendable {
    /// For days of the period that is decided; in force, or taken back for a while.
    var kept = KeySet()
    /// For any day of the week.
    var thisWeek = KeySet()
}

/// The products of the campaigns of a round, in their order, and every product of their brands and categories.
struct FieldGoods: Sendable {
    let own: [[ProductGoods]]
    let market: [ProductGoods]
}

/// What else is known of the campaigns that are due.
struct DueTerms: Sendable {
    let budgets: [CampaignID: CampaignBudget]
    let holdoutBp: [CampaignID: Int32]
    /// Shoppers whose units are used up.
    let spent: [CampaignID: KeySet]
    /// Campaigns whose units are used up.
    let used: Set<CampaignID>
}

extension Transaction {
    /// What was promised for the period, or this week, by campaign.
    func heldOffers(_ plan: RoundPlan, _ eligibility: Eligibility) throws -> [CampaignID: HeldOffer] {
        let first = min(plan.today.startOfWeek, plan.period.startsOn)
        let grants = try query(
            """
            SELECT campaign_id, period_starts_on, depth_bp,
                period_ends_on >= \(plan.today) AND (state = 'in_force' OR withdrawn_reason = ANY (\(WithdrawalReason.passing)))
            FROM offer_grant
            WHERE retailer_id = \(plan.retailer) AND period_ends_on >= \(first) AND period_starts_on <= \(plan.period.endsOn)
                AND (granted_at < \(plan.madeBefore) OR \(plan.madeBefore) IS NULL)
            ORDER BY campaign_id, period_starts_on, depth_bp
            """
        ) { row in
            (
                campaign: try row.next(CampaignID.self), startsOn: try row.next(BusinessDay.self),
                depth: try row.next(Int32.self),
                isKept: try row.next(Bool.self)
            )
        }
        return try grants.reduce(into: [:]) { held, grant in
            let members = try one(
                """
                SELECT members
                FROM offer_grant
                WHERE retailer_id = \(plan.retailer) AND campaign_id = \(grant.campaign)
                    AND period_starts_on = \(grant.startsOn) AND depth_bp = \(grant.depth)
                """, { row in try KeySet(portable: try row.next(Bytes.self).array) })
            let keys = plan.asked(eligibility.following(members))
            held[grant.campaign, default: HeldOffer()].thisWeek.formUnion(keys)
            if grant.isKept { held[grant.campaign, default: HeldOffer()].kept.formUnion(keys) }
        }
    }

    func fieldGoods(of field: [RunningCampaign], at retailer: RetailerID) throws -> FieldGoods {
        let ordinals = Set(field.flatMap(\.products.keys)).sorted()
        let products = try goods(
            "SELECT ordinal, brand_id, category_id, is_adult FROM product WHERE retailer_id = \(retailer) AND ordinal = ANY (\(ordinals))"
        )
        let (brands, categories) = (Set(products.compactMap(\.brand)).sorted(), Set(products.compactMap(\.category)).sorted())
        let market = try goods(
            """
            SELECT ordinal, brand_id, category_id, is_adult
            FROM product
            WHERE retailer_id = \(retailer) AND (brand_id = ANY (\(brands)) OR category_id = ANY (\(categories)))
            """)
        let known = Dictionary(products.map { ($0.ordinal, $0) }) { first, _ in first }
        return FieldGoods(
            own: field.map { campaign in campaign.products.keys.sorted().compactMap { known[$0] } }, market: products + market)
    }

    private func goods(_ sql: SQL) throws -> [ProductGoods] {
        try query(sql) { row in
            ProductGoods(
                ordinal: try row.next(), brand: try row.nextOptional(), category: try row.nextOptional(), isAdult: try row.next())
        }
    }

    func dueTerms(of campaigns: [RunningCampaign], _ plan: RoundPlan) throws -> DueTerms {
        let ids = campaigns.map(\.id)
        let holdouts = try query(
            """
            SELECT campaign.campaign_id, content.holdout_bp
            FROM campaign
            JOIN campaign_version AS content ON content.retailer_id = \(plan.retailer)
                AND content.campaign_id = campaign.campaign_id AND content.version = campaign.version
            WHERE campaign.retailer_id = \(plan.retailer) AND campaign.campaign_id = ANY (\(ids))
            """, { row in (try row.next(CampaignID.self), try row.next(Int32.self)) })
        let counters = try usedUp(ids, plan)
        return DueTerms(
            budgets: try budgets(of: ids, at: plan.retailer),
            holdoutBp: Dictionary(holdouts) { first, _ in first },
            spent: Dictionary(grouping: counters.filter { $0.shopper != nil }, by: \.campaign)
                .mapValues { KeySet($0.compactMap(\.shopper)) },
            used: Set(counters.filter { $0.shopper == nil }.map(\.campaign)))
    }

    /// The counters that leave nothing for the period: a campaign's, or one shopper's of it. What quotes keep may come back.
    /// Index: the primary key.
    private func usedUp(
        _ campaigns: [CampaignID], _ plan: RoundPlan
    ) throws -> [(campaign: CampaignID, shopper: UInt32?)] {
        let day = plan.period.startsOn == plan.period.endsOn ? "\(plan.today)" : "-"
        return try query(
            """
            SELECT campaign_id, NULLIF(subject, '')::bigint
            FROM limit_counter
            WHERE retailer_id = \(plan.retailer) AND campaign_id = ANY (\(campaigns)) AND used >= limit_units
                AND (counter = 'units' AND subject = ''
                    OR counter = 'units_per_shopper' AND period = ''
                    OR counter = 'units_per_shopper_week' AND period = \("\(plan.today.startOfWeek)")
                    OR counter = 'units_per_shopper_day' AND period = \(day))
            """
        ) { row in (campaign: try row.next(), shopper: try row.nextOptional(Int64.self).map { UInt32($0) }) }
    }

    /// Who was promised the campaign in the period before, and who in each of so many on end without a use.
    func earlierPromises(of campaign: CampaignID, _ plan: RoundPlan) throws -> (last: KeySet, tired: KeySet) {
        let periods = Int(plan.policy.offers.fatiguePeriods ?? 1)
        let grants = try query(
            """
            SELECT members, period_starts_on, period_ends_on
            FROM offer_grant
            WHERE retailer_id = \(plan.retailer) AND campaign_id = \(campaign) AND period_ends_on IN (
                SELECT DISTINCT period_ends_on
                FROM offer_grant
                WHERE retailer_id = \(plan.retailer) AND campaign_id = \(campaign) AND period_ends_on < \(plan.period.startsOn)
                ORDER BY period_ends_on DESC
                LIMIT \(periods)
            )
            """
        ) { row in
            (
                members: try KeySet(portable: try row.next(Bytes.self).array), startsOn: try row.next(BusinessDay.self),
                endsOn: try row.next(BusinessDay.self)
            )
        }
        // Newcomers have a grant of the rest of their period.
        var shown: [BusinessDay: KeySet] = [:]
        for grant in grants { shown[grant.endsOn, default: KeySet()].formUnion(grant.members) }
        guard let first = grants.map(\.startsOn).min(), let last = shown.max(by: { $0.key < $1.key })?.value else {
            return (KeySet(), KeySet())
        }
        guard plan.policy.offers.fatiguePeriods != nil, shown.count == periods else { return (plan.asked(last), KeySet()) }
        var tired = shown.values.reduce(into: last) { $0.formIntersection($1) }
        tired.subtract(try redeemers(of: campaign, since: first, at: plan.retailer))
        return (plan.asked(last), plan.asked(tired))
    }

    /// Index: `redemption_by_campaign`.
    private func redeemers(of campaign: CampaignID, since day: BusinessDay, at retailer: RetailerID) throws -> KeySet {
        KeySet(
            try query(
                """
                SELECT DISTINCT shopper_key
                FROM redemption
                WHERE retailer_id = \(retailer) AND campaign_id = \(campaign) AND business_day >= \(day) AND funded_amount > 0
                    AND shopper_key IS NOT NULL
                """, { row in UInt32(try row.next(Int64.self)) }))
    }
}

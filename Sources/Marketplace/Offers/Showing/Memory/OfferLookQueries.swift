import Bitmaps
import Campaigns
import Kernel
import Parties
import Postgres
import Shoppers

/// What a look at a retailer's offers reads each time, whatever changed.
struct OfferFacts: Sendable {
    let revisions: [CampaignID: Int64]
    /// Those in force that are not over, each with its last day.
    let grants: [GrantName: BusinessDay]
}

extension Transaction {
    /// Index: `campaign_in_force`, `offer_grant_in_force`.
    func offerFacts(of retailer: RetailerID, since day: BusinessDay) throws -> OfferFacts {
        let grants = try query(
            """
            SELECT campaign_id, period_starts_on, depth_bp, period_ends_on
            FROM offer_grant
            WHERE retailer_id = \(retailer) AND period_ends_on >= \(day) AND state = 'in_force'
            LIMIT \(OfferBounds.grantsMax + 1)
            """
        ) { row in
            (
                GrantName(campaign: try row.next(), startsOn: try row.next(), depthBP: try row.next()),
                try row.next(BusinessDay.self)
            )
        }
        return OfferFacts(
            revisions: try campaignRevisions(of: retailer), grants: Dictionary(uniqueKeysWithValues: grants))
    }

    /// The shoppers whom grants name.
    func granted(_ grants: [GrantName], of retailer: RetailerID) throws -> [(grant: GrantName, members: KeySet)] {
        guard !grants.isEmpty else { return [] }
        return try query(
            """
            SELECT stored.campaign_id, stored.period_starts_on, stored.depth_bp, stored.members
            FROM unnest(\(grants.map(\.campaign)), \(grants.map(\.startsOn)), \(grants.map(\.depthBP)))
                AS given (campaign_id, period_starts_on, depth_bp)
            JOIN offer_grant AS stored ON stored.retailer_id = \(retailer) AND stored.campaign_id = given.campaign_id
                AND stored.period_starts_on = given.period_starts_on AND stored.depth_bp = given.depth_bp
            """
        ) { row in
            (
                GrantName(campaign: try row.next(), startsOn: try row.next(), depthBP: try row.next()),
                try KeySet(portable: try row.next(Bytes.self).array)
            )
        }
    }

    /// How a stage's campaigns stand on a day, in their order.
    func standings(of stage: OfferStage, on today: BusinessDay) throws -> [CampaignStanding] {
        let (retailer, share) = (stage.retailer.id, stage.policy.exhaustedShare)
        let campaigns = stage.campaigns.map { $0.asOf(today) }
        let budgets = try budgets(of: campaigns.map(\.id), at: retailer)
        let exhausted = try exhausted(of: campaigns, budgets, share, at: retailer)
        let limited = campaigns.filter { $0.limits.units != nil }.map(\.id)
        let counted = limited.isEmpty ? [:] : try countedLimits(of: limited, for: nil, at: retailer)
        return campaigns.map { campaign in
            CampaignStanding(
                isExhausted: exhausted.contains(campaign.id),
                pieceMaxMinor: campaign.discountMax(payableFrom: budgets[campaign.id]?.rest ?? [], share),
                counted: counted[campaign.id] ?? [])
        }
    }

    /// What is counted of these shoppers' limits, and what they activated. Index: `limit_counter_by_subject`,
    /// `offer_activation_by_shopper`.
    func offerUse(of shoppers: [UInt32], at retailer: RetailerID) throws -> [UInt32: OfferUse] {
        let activated = try activations(by: shoppers.map { Int64($0) }, of: retailer)
        let found = try query(
            """
            SELECT subject, campaign_id, counter, period, GREATEST(0, limit_units - used - held)
            FROM limit_counter
            WHERE retailer_id = \(retailer) AND subject = ANY(\(shoppers.map { "\($0)" })) AND subject <> ''
                AND counter LIKE 'units%'
            """
        ) { row in
            (
                subject: try row.next(String.self),
                limit: CountedLimit(
                    campaign: try row.next(), counter: try row.next(), period: try row.next(), left: try row.next())
            )
        }
        var use: [UInt32: OfferUse] = [:]
        for line in found {
            guard let key = UInt32(line.subject) else { continue }
            use[key, default: OfferUse()].counted[line.limit.campaign, default: []].append(line.limit)
        }
        for offer in activated { use[UInt32(offer.shopper), default: OfferUse()].activated.insert(offer.campaign) }
        return use
    }
}

package import Campaigns
import EventLog
package import Kernel
package import Postgres
import Shoppers

/// A campaign that a shopper has activated.
struct ActivatedOffer: Sendable, Hashable, Comparable {
    let campaign: CampaignID
    let shopper: ShopperKey

    static func < (one: ActivatedOffer, other: ActivatedOffer) -> Bool {
        (one.campaign, one.shopper) < (other.campaign, other.shopper)
    }
}

extension Transaction {
    /// Which of these campaigns the shopper of each of several baskets had activated; one statement for all. Index: the primary key.
    package func activated(
        by questions: [PromiseQuestion], among campaigns: [CampaignID], of retailer: RetailerID
    ) throws -> [Set<CampaignID>] {
        guard !questions.isEmpty, !campaigns.isEmpty else { return questions.map { _ in [] } }
        let found = try query(
            """
            SELECT campaign_id, shopper_key, activated_at
            FROM offer_activation
            WHERE retailer_id = \(retailer) AND campaign_id = ANY (\(campaigns))
                AND shopper_key = ANY (\(Set(questions.map(\.shopper)).sorted()))
            """
        ) { row in
            (
                campaign: try row.next(CampaignID.self), shopper: try row.next(ShopperKey.self),
                at: try row.next(Instant.self)
            )
        }
        let byShopper = Dictionary(grouping: found, by: \.shopper)
        return questions.map { question in
            Set(
                (byShopper[question.shopper] ?? []).filter { one in question.moment.map { one.at <= $0 } ?? true }
                    .map(\.campaign))
        }
    }

    /// Which of these campaigns a shopper has activated; nobody's a stranger's.
    func activated(
        by shopper: ShopperKey?, among campaigns: [CampaignID], of retailer: RetailerID
    ) throws -> Set<CampaignID> {
        guard let shopper, !campaigns.isEmpty else { return [] }
        return Set(try activations(by: [shopper], of: retailer).map(\.campaign)).intersection(campaigns)
    }

    /// All that these shoppers have activated. Index: `offer_activation_by_shopper`.
    func activations(by shoppers: [ShopperKey], of retailer: RetailerID) throws -> [ActivatedOffer] {
        guard !shoppers.isEmpty else { return [] }
        return try query(
            """
            SELECT campaign_id, shopper_key
            FROM offer_activation
            WHERE retailer_id = \(retailer) AND shopper_key = ANY (\(Set(shoppers).sorted()))
            """
        ) { row in ActivatedOffer(campaign: try row.next(), shopper: try row.next()) }
    }

    /// Each stands once; those that are new are told. What is shown to their shoppers says so from now on.
    func insert(_ offers: [ActivatedOffer], at now: Instant, of retailer: RetailerID) throws -> [ActivatedOffer] {
        guard !offers.isEmpty else { return [] }
        let fresh = try query(
            """
            INSERT INTO offer_activation (retailer_id, campaign_id, shopper_key, activated_at)
            SELECT \(retailer), given.campaign_id, given.shopper_key, \(now)
            FROM unnest(\(offers.map(\.campaign)), \(offers.map(\.shopper))) AS given (campaign_id, shopper_key)
            ON CONFLICT (retailer_id, campaign_id, shopper_key) DO NOTHING
            RETURNING campaign_id, shopper_key
            """
        ) { row in ActivatedOffer(campaign: try row.next(), shopper: try row.next()) }
        try noteProfileChange(.limits, fresh.map(\.shopper), of: retailer)
        return fresh
    }
}

import JSONText
import Kernel
import Parties
import Postgres

/// What became of a campaign by depth, rising; nothing where it is the same for everybody. The retailer's alone: each depth is a
/// segment of its shoppers (DOMAIN 10).
struct DepthSpends: Sendable, JSONWritable {
    let campaign: CampaignID
    let asset: Asset
    let depths: [DepthSpend]

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("campaign_id", campaign)
            json.array("depths", depths) { json, depth in depth.write(to: &json, in: asset) }
        }
    }
}

/// What became of one of a campaign's depths.
struct DepthSpend: Sendable, Hashable {
    let depth: BasisPoints
    /// For whom it is; empty where it is for everybody else alone.
    let rules: [DepthRule]
    let isOtherwise: Bool
    /// Shoppers to whom it is promised now.
    var promised: Int64 = 0
    var redemptions: Int64 = 0
    var units: Int64 = 0
    /// Minor units that were paid, less what returns gave back.
    var discounts: Int64 = 0

    init(_ depth: BasisPoints, of terms: DepthByShopper) {
        self.depth = depth
        rules = terms.parts.filter { $0.depth == depth }.map(\.rule)
        isOtherwise = depth == terms.otherwise
    }

    func write(to json: inout JSONWriter, in asset: Asset) {
        json.object { json in
            json.field("depth_bp", depth)
            json.field("rules", rules.map(\.rawValue))
            json.field("is_otherwise", isOtherwise)
            json.field("promised", promised)
            json.field("redemptions", redemptions)
            json.field("units", units)
            json.field("discounts", Money(minor: discounts, asset: asset))
        }
    }
}

extension Transaction {
    /// Reads each redemption of the campaign. Indexes: `redemption_by_campaign`, the primary key of grants.
    func depthSpends(of campaign: Campaign, on today: BusinessDay) throws -> DepthSpends {
        let asset = campaign.terms.budget.asset
        guard let terms = campaign.terms.depthByShopper else {
            return DepthSpends(campaign: campaign.id, asset: asset, depths: [])
        }
        let (paid, promised) = (try paidByDepth(campaign), try promisedByDepth(campaign, on: today))
        let depths = terms.depths.map { depth in
            var spend = DepthSpend(depth, of: terms)
            spend.promised = promised[depth.value] ?? 0
            if let found = paid[depth.value] {
                (spend.redemptions, spend.units, spend.discounts) = (found.redemptions, found.units, found.discounts)
            }
            return spend
        }
        return DepthSpends(campaign: campaign.id, asset: asset, depths: depths)
    }

    private func paidByDepth(
        _ campaign: Campaign
    ) throws -> [Int32: (redemptions: Int64, units: Int64, discounts: Int64)] {
        let found = try query(
            """
            SELECT paid.depth_bp, count(*), sum(paid.units)::bigint,
                (sum(paid.funded_amount) - COALESCE(sum(back.discount), 0))::bigint
            FROM redemption AS paid
            LEFT JOIN (
                SELECT given.redemption_id, sum(given.discount_amount) AS discount
                FROM redemption_return AS given
                JOIN redemption AS paid ON paid.retailer_id = \(campaign.retailer) AND paid.redemption_id = given.redemption_id
                WHERE given.retailer_id = \(campaign.retailer) AND paid.campaign_id = \(campaign.id)
                GROUP BY given.redemption_id
            ) AS back ON back.redemption_id = paid.redemption_id
            WHERE paid.retailer_id = \(campaign.retailer) AND paid.campaign_id = \(campaign.id) AND paid.funded_amount > 0
                AND paid.depth_bp IS NOT NULL
            GROUP BY paid.depth_bp
            """
        ) { row in
            (
                try row.next(Int32.self),
                (redemptions: try row.next(Int64.self), units: try row.next(Int64.self), discounts: try row.next(Int64.self))
            )
        }
        return Dictionary(found) { first, _ in first }
    }

    private func promisedByDepth(_ campaign: Campaign, on day: BusinessDay) throws -> [Int32: Int64] {
        let found = try query(
            """
            SELECT depth_bp, sum(counted)::bigint
            FROM offer_grant
            WHERE retailer_id = \(campaign.retailer) AND campaign_id = \(campaign.id) AND state = 'in_force'
                AND \(day) BETWEEN period_starts_on AND period_ends_on
            GROUP BY depth_bp
            """
        ) { row in (try row.next(Int32.self), try row.next(Int64.self)) }
        return Dictionary(found) { first, _ in first }
    }
}

import Campaigns
import JSONText
import Kernel
import Parties
import Postgres

/// How often a campaign's offer was seen, opened and activated.
struct ReachCounts: Sendable, Hashable {
    var impressions: Int64 = 0
    var clicks: Int64 = 0
    var activations: Int64 = 0
    /// Shoppers who saw it for the first time.
    var shoppers: Int64 = 0

    static func + (one: ReachCounts, other: ReachCounts) -> ReachCounts {
        ReachCounts(
            impressions: one.impressions + other.impressions, clicks: one.clicks + other.clicks,
            activations: one.activations + other.activations, shoppers: one.shoppers + other.shoppers)
    }
}

/// A campaign's reach by business day, and in all. The retailer's: numbers of what shoppers do are told to a supplier only as
/// estimates (DOMAIN 10), and these are exact.
struct CampaignReach: Sendable, JSONWritable {
    let campaign: CampaignID
    let days: [(day: BusinessDay, counts: ReachCounts)]

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("campaign_id", campaign)
            json.object("total") { write(days.reduce(ReachCounts()) { $0 + $1.counts }, to: &$0) }
            json.array("data", days) { json, one in
                json.object { json in
                    json.field("business_day", one.day)
                    write(one.counts, to: &json)
                }
            }
        }
    }

    private func write(_ counts: ReachCounts, to json: inout JSONWriter) {
        json.field("impressions", counts.impressions)
        json.field("clicks", counts.clicks)
        json.field("activations", counts.activations)
        json.field("shoppers", counts.shoppers)
    }
}

extension Transaction {
    /// Index: the primary key.
    func reach(
        of campaign: CampaignID, from first: BusinessDay?, through last: BusinessDay?, at retailer: RetailerID
    ) throws -> [(day: BusinessDay, counts: ReachCounts)] {
        try query(
            """
            SELECT business_day, sum(impressions)::bigint, sum(clicks)::bigint, sum(activations)::bigint, sum(shoppers)::bigint
            FROM offer_reach
            WHERE retailer_id = \(retailer) AND campaign_id = \(campaign)
                AND business_day BETWEEN COALESCE(\(first), '-infinity'::date) AND COALESCE(\(last), 'infinity'::date)
            GROUP BY business_day
            ORDER BY business_day
            """
        ) { row in
            (
                day: try row.next(),
                counts: ReachCounts(
                    impressions: try row.next(), clicks: try row.next(), activations: try row.next(), shoppers: try row.next())
            )
        }
    }
}

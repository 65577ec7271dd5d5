import Campaigns
import Kernel
import Postgres

/// How many units of an offer the shoppers of a message may still take, as it stood when the message was logged. Most have
/// taken nothing yet: only those who have are named, by their internal key.
struct UnitsLeft: Sendable, Hashable {
    /// Nil where no limit binds.
    let usual: Int64?
    let touched: [UInt32: Int64]

    func of(_ shopper: UInt32) -> Int64? { touched[shopper] ?? usual }
}

extension UnitsLeft {
    /// Of these shoppers, from what is counted of a campaign's limits.
    init(
        _ limits: CampaignLimits, counted: [(subject: String, limit: CountedLimit)], among shoppers: [UInt32], on day: BusinessDay
    ) {
        let bySubject = Dictionary(grouping: counted, by: \.subject).mapValues { $0.map(\.limit) }
        let ofCampaign = bySubject[""] ?? []
        usual = LimitsLeft(limits, counted: ofCampaign, on: day).units
        touched = shoppers.reduce(into: [:]) { touched, shopper in
            guard let own = bySubject["\(shopper)"] else { return }
            touched[shopper] = LimitsLeft(limits, counted: ofCampaign + own, on: day).units
        }
    }
}

extension Transaction {
    /// The counters of a campaign that bind these shoppers, with the campaign's own. Index: the primary key.
    func countedLimits(
        of campaign: CampaignID, among shoppers: [UInt32], at retailer: RetailerID
    ) throws -> [(subject: String, limit: CountedLimit)] {
        let counters = ["units", "units_per_shopper", "units_per_shopper_week", "units_per_shopper_day"]
        let subjects = [""] + shoppers.map { "\($0)" }
        return try query(
            """
            SELECT subject, campaign_id, counter, period, GREATEST(0, limit_units - used - held)
            FROM limit_counter
            WHERE retailer_id = \(retailer) AND campaign_id = \(campaign) AND counter = ANY (\(counters))
                AND subject = ANY (\(subjects))
            """
        ) { row in
            (
                subject: try row.next(String.self),
                limit: CountedLimit(
                    campaign: try row.next(), counter: try row.next(), period: try row.next(), left: try row.next())
            )
        }
    }
}

package import JSONText
import Kernel
package import Postgres

/// A shopper's place by recency, frequency and money over a year (DOMAIN 12).
package enum Segment: String, CaseIterable, Sendable, Comparable, SQLWord {
    case champions, loyal, promising, new, hibernating, lost
    case potentialLoyalist = "potential_loyalist"
    case needsAttention = "needs_attention"
    case atRisk = "at_risk"

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    /// By R 5 to 1 (rows) and FM 5 to 1.
    private static let table: [[Segment]] = [
        [.champions, .champions, .potentialLoyalist, .potentialLoyalist, .new],
        [.loyal, .loyal, .potentialLoyalist, .potentialLoyalist, .promising],
        [.loyal, .loyal, .needsAttention, .needsAttention, .hibernating],
        [.atRisk, .atRisk, .atRisk, .hibernating, .hibernating],
        [.atRisk, .atRisk, .hibernating, .lost, .lost],
    ]

    /// The segment of scores 1 to 5; FM = floor((F + M + 1) / 2).
    package static func of(r: Int, f: Int, m: Int) -> Segment { table[5 - r][5 - (f + m + 1) / 2] }

    /// The table row by row, for `[(5 - r) * 5 + 6 - fm]` in SQL.
    static let flatTable: [Segment] = table.flatMap(\.self)
}

extension Segment: JSONWritable {
    package func write(to json: inout JSONWriter) { json.string(rawValue) }
}

extension PurchaseFacts {
    /// `year (shopper_key, last_day, receipts, spend)`: what scores are made of, of the shoppers with a receipt in the year;
    /// wants `base` and `day_spend`.
    package var year: SQL {
        """
        year AS (
            SELECT day_spend.shopper_key, max(day_spend.day) AS last_day, sum(day_spend.receipts) AS receipts,
                sum(day_spend.spend) AS spend
            FROM day_spend
            JOIN base ON base.shopper_key = day_spend.shopper_key
            WHERE day_spend.day BETWEEN \(moment.rfmStart) AND \(moment.asOf)
            GROUP BY day_spend.shopper_key
        )
        """
    }

    /// `rfm (shopper_key, r, f, m, segment)` of the same shoppers, beside `year`.
    /// A score is 1 + floor(5 x share of shoppers strictly worse), so that equal values score equal.
    package var rfm: SQL {
        """
        \(fragment: year), score AS (
            SELECT shopper_key,
                1 + 5 * (rank() OVER (ORDER BY last_day) - 1) / count(*) OVER () AS r,
                1 + 5 * (rank() OVER (ORDER BY receipts) - 1) / count(*) OVER () AS f,
                1 + 5 * (rank() OVER (ORDER BY spend) - 1) / count(*) OVER () AS m
            FROM year
        ), rfm AS (
            SELECT shopper_key, r, f, m, (\(Segment.flatTable)::text[])[(5 - r) * 5 + 6 - (f + m + 1) / 2] AS segment
            FROM score
        )
        """
    }
}

extension Transaction {
    /// How many shoppers are in each segment.
    func segmentSizes(on moment: ProfileMoment) throws -> [SegmentSize] {
        let facts = PurchaseFacts(moment, from: moment.rfmStart, through: moment.asOf)
        try prepareForProfiles()
        let counts = try query(
            """
            WITH \(fragment: facts.base), \(fragment: facts.ticket), \(fragment: facts.returned), \(fragment: facts.reduced),
                \(fragment: facts.sale), \(fragment: facts.daySpend), \(fragment: facts.rfm)
            SELECT segment, count(*)
            FROM rfm
            GROUP BY segment
            """
        ) { row in (try row.next(Segment.self), try row.next(Int64.self)) }
        let bySegment = Dictionary(uniqueKeysWithValues: counts)
        return Segment.allCases.sorted().map { SegmentSize(segment: $0, shoppers: bySegment[$0] ?? 0) }
    }
}

/// An RFM segment and how many shoppers are in it.
struct SegmentSize: JSONWritable {
    let segment: Segment
    let shoppers: Int64

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("segment", segment)
            json.field("shoppers", shoppers)
        }
    }
}

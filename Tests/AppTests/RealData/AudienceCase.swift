import JSONText
import Kernel
import Postgres
import TestSupport

/// A predicate in the API's words and the same question in SQL over the staged files: `household_id` of those for whom it
/// holds. The SQL says DOMAIN's meaning again and shares nothing with the service.
struct AudienceCase: Sendable {
    let predicate: JSONValue
    /// The day on which it is asked.
    let asOf: BusinessDay
    let households: SQL

    static func all(_ parts: [AudienceCase]) -> AudienceCase {
        AudienceCase(
            predicate: ["all": .array(parts.map(\.predicate))], asOf: parts[0].asOf,
            households: .joined(parts.map { "(\(fragment: $0.households))" }, separator: " INTERSECT "))
    }

    static func any(_ parts: [AudienceCase]) -> AudienceCase {
        AudienceCase(
            predicate: ["any": .array(parts.map(\.predicate))], asOf: parts[0].asOf,
            households: .joined(parts.map { "(\(fragment: $0.households))" }, separator: " UNION "))
    }

    static func not(_ part: AudienceCase) -> AudienceCase {
        AudienceCase(
            predicate: ["not": part.predicate], asOf: part.asOf,
            households: "SELECT household_id FROM household EXCEPT (\(fragment: part.households))")
    }
}

/// Goods in the API's words and as a condition on a row of `product`.
struct Goods: Sendable {
    let word: String
    let ids: [String]

    var condition: SQL {
        switch word {
        case "products": "product.product_id = ANY (\(ids))"
        case "brands": "product.brand_id = ANY (\(ids))"
        default: "product.categories && \(ids)"
        }
    }

    var json: JSONValue { .array(ids.map { .string($0) }) }

    /// Those who bought such goods on at least so many baskets of these days.
    func buyers(from first: BusinessDay, through last: BusinessDay, baskets: Int64) -> SQL {
        """
        SELECT line.household_id FROM line JOIN product USING (product_id)
        WHERE line.day BETWEEN \(first) AND \(last) AND \(fragment: condition)
        GROUP BY line.household_id HAVING count(DISTINCT line.basket_id) >= \(baskets)
        """
    }
}

/// The criteria one by one, on one day: the window is the 90 days that end with it, RFM's the 365.
struct AudienceCases: Sendable {
    let asOf: BusinessDay

    private var from: BusinessDay { asOf.adding(days: -89) }

    func stores(_ ids: [String], minReceipts: Int64) -> AudienceCase {
        AudienceCase(
            predicate: ["stores": ["any": .array(ids.map { .string($0) }), "min_receipts": .integer(minReceipts)]],
            asOf: asOf,
            households: """
                SELECT household_id FROM basket
                WHERE day BETWEEN \(from) AND \(asOf) AND store_id = ANY (\(ids))
                GROUP BY household_id HAVING count(*) >= \(minReceipts)
                """)
    }

    func averageCheck(_ gte: Int64?, _ lt: Int64?) -> AudienceCase {
        AudienceCase(
            predicate: ["average_check": Self.range(gte, "lt", lt)],
            asOf: asOf,
            households: """
                SELECT household_id FROM basket WHERE day BETWEEN \(from) AND \(asOf) GROUP BY household_id
                HAVING sum(money) >= \(gte ?? 0) * count(*) AND sum(money) < \(lt ?? 1_000_000_000_000) * count(*)
                """)
    }

    func frequency(_ gte: Int64?, _ lte: Int64?) -> AudienceCase {
        AudienceCase(
            predicate: ["purchase_frequency": Self.range(gte, "lte", lte)],
            asOf: asOf,
            households: """
                SELECT household_id FROM household LEFT JOIN basket USING (household_id) GROUP BY household_id
                HAVING count(*) FILTER (WHERE day BETWEEN \(from) AND \(asOf)) BETWEEN \(gte ?? 0) AND \(lte ?? 1_000_000)
                """)
    }

    func spend(_ gte: Int64?, _ lt: Int64?) -> AudienceCase {
        AudienceCase(
            predicate: ["spend": Self.range(gte, "lt", lt)],
            asOf: asOf,
            households: """
                SELECT household_id FROM household LEFT JOIN basket USING (household_id) GROUP BY household_id
                HAVING coalesce(sum(money) FILTER (WHERE day BETWEEN \(from) AND \(asOf)), 0) >= \(gte ?? 0)
                    AND coalesce(sum(money) FILTER (WHERE day BETWEEN \(from) AND \(asOf)), 0) < \(lt ?? Int64.max)
                """)
    }

    func recency(_ gte: Int64?, _ lte: Int64?) -> AudienceCase {
        AudienceCase(
            predicate: ["recency_days": Self.range(gte, "lte", lte)],
            asOf: asOf,
            households: """
                SELECT household_id FROM basket WHERE day <= \(asOf) GROUP BY household_id
                HAVING \(asOf) - max(day) BETWEEN \(gte ?? 0) AND \(lte ?? 1_000_000)
                """)
    }

    /// A brand is among the first so many where fewer than so many are better.
    func favouriteBrands(_ ids: [String], top: Int64) -> AudienceCase {
        AudienceCase(
            predicate: ["favourite_brands": ["any": .array(ids.map { .string($0) }), "top": .integer(top)]],
            asOf: asOf,
            households: """
                SELECT household_id FROM (
                    SELECT household_id, brand_id,
                        rank() OVER (PARTITION BY household_id ORDER BY sum(money) DESC, brand_id COLLATE "C") AS place
                    FROM line JOIN product USING (product_id)
                    WHERE day BETWEEN \(from) AND \(asOf) AND brand_id IS NOT NULL AND money IS NOT NULL
                    GROUP BY household_id, brand_id HAVING count(DISTINCT basket_id) >= 2
                ) AS ranked
                WHERE place <= \(top) AND brand_id = ANY (\(ids))
                """)
    }

    func bought(_ goods: Goods, days: Int32, baskets: Int64 = 1) -> AudienceCase {
        AudienceCase(
            predicate: [
                "bought": .object([
                    goods.word: goods.json, "within_days": .integer(Int64(days)), "min_receipts": .integer(baskets),
                ])
            ],
            asOf: asOf, households: goods.buyers(from: asOf.adding(days: 1 - days), through: asOf, baskets: baskets))
    }

    func traits(_ traits: [RealTrait], _ quantifier: String) -> AudienceCase {
        let holders = traits.map { trait -> SQL in
            "(\(fragment: trait.goods.buyers(from: from, through: asOf, baskets: trait.baskets)))"
        }
        return AudienceCase(
            predicate: ["traits": .object([quantifier: .array(traits.map { .string($0.name) })])],
            asOf: asOf, households: .joined(holders, separator: quantifier == "all" ? " INTERSECT " : " UNION "))
    }

    func tags(_ tags: [String], _ quantifier: String) -> AudienceCase {
        AudienceCase(
            predicate: ["tags": .object([quantifier: .array(tags.map { .string($0) })])],
            asOf: asOf,
            households: """
                SELECT household_id FROM tag WHERE tag = ANY (\(tags)) GROUP BY household_id
                HAVING count(*) >= \(Int64(quantifier == "all" ? tags.count : 1))
                """)
    }

    func segments(_ names: [String]) -> AudienceCase {
        AudienceCase(
            predicate: ["rfm": ["segments": .array(names.map { .string($0) })]],
            asOf: asOf,
            households: """
                SELECT household_id FROM (\(fragment: scores)) AS score
                JOIN segment ON segment.r = score.r AND segment.fm = (score.f + score.m + 1) / 2
                WHERE segment.name = ANY (\(names))
                """)
    }

    func scores(r: Int64? = nil, f: Int64? = nil, m: Int64? = nil) -> AudienceCase {
        let bounds = [("r", r), ("f", f), ("m", m)].compactMap { name, least in
            least.map { (name, JSONValue.object(["gte": .integer($0)])) }
        }
        return AudienceCase(
            predicate: ["rfm": .object(Dictionary(uniqueKeysWithValues: bounds))],
            asOf: asOf,
            households: """
                SELECT household_id FROM (\(fragment: scores)) AS score
                WHERE r >= \(r ?? 1) AND f >= \(f ?? 1) AND m >= \(m ?? 1)
                """)
    }

    /// 1 + the whole part of five times the share of households that are strictly worse.
    private var scores: SQL {
        """
        WITH year AS (
            SELECT household_id, max(day) AS last_day, count(*) AS receipts, sum(money) AS money
            FROM basket WHERE day BETWEEN \(asOf.adding(days: -364)) AND \(asOf) GROUP BY household_id
        )
        SELECT household_id, 1 + 5 * (rank() OVER (ORDER BY last_day) - 1) / size AS r,
            1 + 5 * (rank() OVER (ORDER BY receipts) - 1) / size AS f, 1 + 5 * (rank() OVER (ORDER BY money) - 1) / size AS m
        FROM year CROSS JOIN (SELECT count(*) AS size FROM year) AS whole
        """
    }

    private static func range(_ gte: Int64?, _ upper: String, _ bound: Int64?) -> JSONValue {
        var range: [String: JSONValue] = [:]
        if let gte { range["gte"] = .integer(gte) }
        if let bound { range[upper] = .integer(bound) }
        return .object(range)
    }
}

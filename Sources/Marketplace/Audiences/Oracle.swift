import Kernel
import Postgres
import Profiles

/// The reference answer to a predicate: one SQL statement over receipts, return lines, tags and traits as they stand.
/// Whatever answers faster must give the same shoppers.
///
/// Each distinct criterion is a bit: `held` has for each shopper the bits that hold, `candidate` all shoppers of the base
/// with theirs, and the tree of the predicate becomes one condition on the bits.
struct Oracle: Sendable {
    let moment: ProfileMoment
    private let criteria: [Criterion]
    private let traits: [TraitName: TraitRule]
    /// Also the window's totals, for the numbers of a preview.
    private let wantsActivity: Bool

    init(_ predicates: [Predicate], on moment: ProfileMoment, traits: [TraitName: TraitRule], wantsActivity: Bool = false) {
        self.moment = moment
        self.traits = traits
        self.wantsActivity = wantsActivity
        var seen: Set<Criterion> = []
        criteria = predicates.flatMap(\.criteria).filter { seen.insert($0).inserted }
        precondition(criteria.count <= Predicate.leavesMax, "a bit for each criterion")
    }

    /// `WITH ... candidate AS (...)`, to go before a SELECT from `candidate (shopper_key, leaves)`.
    var with: SQL {
        let parts = relations + [held, candidate]
        return "WITH \(fragment: .joined(parts, separator: ",\n"))"
    }

    /// The condition on a row of `candidate`.
    func condition(_ predicate: Predicate) -> SQL {
        switch predicate {
        case .all(let parts):
            parts.isEmpty ? "true" : "(\(fragment: .joined(parts.map(condition), separator: " AND ")))"
        case .any(let parts):
            parts.isEmpty ? "false" : "(\(fragment: .joined(parts.map(condition), separator: " OR ")))"
        case .not(let part): "NOT \(fragment: condition(part))"
        case .leaf(let criterion): "(candidate.leaves >> \(bit(of: criterion))) & 1 = 1"
        }
    }

    private func bit(of criterion: Criterion) -> Int32 {
        guard let index = criteria.firstIndex(of: criterion) else { preconditionFailure("a criterion of the predicates") }
        return Int32(index)
    }

    private var held: SQL {
        guard !criteria.isEmpty else {
            return "held AS (SELECT NULL::bigint AS shopper_key, 0::bigint AS leaves WHERE false)"
        }
        let hits = criteria.enumerated().map { index, criterion -> SQL in
            """
            SELECT shopper_key, 1::bigint << \(Int32(index)) AS leaf FROM (\(fragment: shoppers(criterion))) AS hit
            """
        }
        return """
            held AS (
                SELECT shopper_key, bit_or(leaf) AS leaves
                FROM (\(fragment: .joined(hits, separator: " UNION ALL "))) AS hit
                GROUP BY shopper_key
            )
            """
    }

    private var candidate: SQL {
        """
        candidate AS (
            SELECT base.shopper_key, coalesce(held.leaves, 0) AS leaves
            FROM base
            LEFT JOIN held ON held.shopper_key = base.shopper_key
        )
        """
    }

    /// The relations that the criteria read, and no others.
    private var relations: [SQL] {
        let needs = criteria.reduce(into: Needs(from: moment.asOf)) { $0.add($1, moment) }
        let first = min(needs.first, needs.firstItem, wantsActivity ? moment.windowStart : needs.first)
        let facts = PurchaseFacts(moment, from: first, through: moment.today)
        let wantsSpend = needs.activity || needs.rfm || wantsActivity
        let wantsSales = needs.sales || wantsSpend
        var parts = [facts.base]
        if wantsSales || needs.items { parts += [facts.ticket, facts.returned] }
        if wantsSales { parts += [facts.reduced, facts.sale] }
        if needs.items { parts.append(facts.item(from: needs.firstItem)) }
        if wantsSpend { parts.append(facts.daySpend) }
        if needs.activity || wantsActivity { parts.append(facts.activity) }
        if needs.rfm { parts.append(facts.rfm) }
        return parts
    }

    /// SELECT of the shoppers for whom a criterion holds, each once.
    private func shoppers(_ criterion: Criterion) -> SQL {
        switch criterion {
        case .stores(let ids, let minReceipts): storeVisitors(ids, minReceipts)
        case .averageCheck(let range): byAverageCheck(range)
        case .purchaseFrequency(let range):
            byActivity("coalesce(activity.receipts, 0)", gte: range.gte.map(Int64.init), lte: range.lte.map(Int64.init))
        case .spend(let range): byActivity("coalesce(activity.spend, 0)", gte: range.gte, lte: range.lt.map { $0 - 1 })
        case .recencyDays(let range): byRecency(range)
        case .favouriteBrands(let ids, let top): byFavouriteBrands(ids, top)
        case .bought(let merchandise, let withinDays, let minReceipts):
            merchandise.buyers(
                at: moment.retailer, from: moment.today.adding(days: 1 - withinDays), through: moment.today,
                minReceipts: minReceipts)
        case .traits(let several): traitHolders(several)
        case .rfmSegments(let segments): "SELECT shopper_key FROM rfm WHERE segment = ANY (\(segments))"
        case .rfmScores(let scores):
            """
            SELECT shopper_key FROM rfm
            WHERE r >= \(scores.r ?? 1) AND f >= \(scores.f ?? 1) AND m >= \(scores.m ?? 1)
            """
        case .tags(let several):
            """
            SELECT shopper_key FROM shopper_tag
            WHERE retailer_id = \(moment.retailer) AND tag = ANY (\(several.names))
            GROUP BY shopper_key
            HAVING count(*) >= \(several.needed)
            """
        }
    }
}

extension Oracle {
    private func storeVisitors(_ ids: [ExternalID], _ minReceipts: Int32) -> SQL {
        """
        SELECT shopper_key FROM sale
        WHERE day BETWEEN \(moment.windowStart) AND \(moment.asOf) AND store_ordinal IN (
            SELECT ordinal FROM store WHERE retailer_id = \(moment.retailer) AND store_id = ANY (\(ids))
        )
        GROUP BY shopper_key
        HAVING count(*) >= \(minReceipts)
        """
    }

    /// Compared as spend against bound x receipts: no division. Numeric, as the product may pass 64 bits.
    private func byAverageCheck(_ range: AmountRange) -> SQL {
        """
        SELECT shopper_key FROM activity
        WHERE receipts > 0
            AND (\(range.gte)::bigint IS NULL OR spend >= \(range.gte)::numeric * receipts)
            AND (\(range.lt)::bigint IS NULL OR spend < \(range.lt)::numeric * receipts)
        """
    }

    /// Nobody is left out: who bought nothing has 0.
    private func byActivity(_ value: SQL, gte: Int64?, lte: Int64?) -> SQL {
        """
        SELECT base.shopper_key FROM base
        LEFT JOIN activity ON activity.shopper_key = base.shopper_key
        WHERE \(fragment: value) BETWEEN \(gte ?? 0) AND \(lte ?? Int64.max)
        """
    }

    private func byRecency(_ range: CountRange) -> SQL {
        """
        SELECT shopper_key FROM sale
        WHERE day <= \(moment.today)
        GROUP BY shopper_key
        HAVING \(moment.today) - max(day) BETWEEN \(range.gte ?? 0) AND \(range.lte ?? Int32.max)
        """
    }

    private func byFavouriteBrands(_ ids: [ExternalID], _ top: Int32) -> SQL {
        """
        SELECT DISTINCT shopper_key FROM (\(fragment: Self.favouritePlaces(at: moment))) AS favourite
        WHERE place <= \(top) AND brand_id = ANY (\(ids))
        """
    }

    /// SELECT of `shopper_key, brand_id, place`: the brands of each shopper by money; wants the relation `item`. Lines without
    /// amounts cannot be ranked and are left out. `OFFSET 0`: each line looks its product up by the unique ordinal, and never
    /// the other way round, as a planner would who takes a new retailer's catalogue for one row.
    static func favouritePlaces(at moment: ProfileMoment) -> SQL {
        """
        SELECT item.shopper_key, product.brand_id, row_number() OVER (
            PARTITION BY item.shopper_key ORDER BY sum(item.money) DESC, product.brand_id
        ) AS place
        FROM item
        CROSS JOIN LATERAL (
            SELECT brand_id
            FROM product
            WHERE retailer_id = \(moment.retailer) AND ordinal = item.product_ordinal AND brand_id IS NOT NULL
            OFFSET 0
        ) AS product
        WHERE item.day BETWEEN \(moment.windowStart) AND \(moment.asOf) AND item.money IS NOT NULL
        GROUP BY item.shopper_key, product.brand_id
        HAVING count(DISTINCT item.ticket_id) >= 2
        """
    }

    /// A trait that is not in force is nobody's.
    private func traitHolders(_ several: Several<TraitName>) -> SQL {
        let rules = several.names.compactMap { traits[$0] }
        guard !rules.isEmpty else { return "SELECT NULL::bigint AS shopper_key WHERE false" }
        let holders = rules.map { rule -> SQL in "(\(fragment: rule.holders(at: moment)))" }
        return """
            SELECT shopper_key FROM (\(fragment: .joined(holders, separator: " UNION ALL "))) AS holder
            GROUP BY shopper_key
            HAVING count(*) >= \(several.needed)
            """
    }
}

/// Which relations criteria read, and back to which day.
private struct Needs {
    var first: BusinessDay
    var firstItem: BusinessDay
    var sales = false
    var items = false
    var activity = false
    var rfm = false

    init(from day: BusinessDay) {
        first = day
        firstItem = day
    }

    mutating func add(_ criterion: Criterion, _ moment: ProfileMoment) {
        switch criterion {
        case .stores:
            sales = true
            first = min(first, moment.windowStart)
        case .averageCheck, .purchaseFrequency, .spend:
            activity = true
            first = min(first, moment.windowStart)
        case .recencyDays:
            sales = true
            first = PurchaseFacts.firstDayEver
        case .favouriteBrands, .traits:
            items = true
            firstItem = min(firstItem, moment.windowStart)
        case .bought(_, let withinDays, _):
            items = true
            firstItem = min(firstItem, moment.today.adding(days: 1 - withinDays))
        case .rfmSegments, .rfmScores:
            rfm = true
            first = min(first, moment.rfmStart)
        case .tags: break
        }
    }
}

import Catalogue
import HTTPSupport
import JSONText
import Kernel
import Parties
import Postgres
import Profiles

/// Of how many shoppers each rule is true, before it is switched on: as the policy has its thresholds, or as they might be. Nothing
/// is changed. Of a large retailer a fixed sample is looked at, by which the rules are judged too.
struct PreviewDepthRules: Sendable {
    let retailer: RetailerID
    let rules: DepthRules
    /// What may be missing, with all that lies in it; nil: that rule is not counted.
    let category: ExternalID?

    enum Refusal: Kernel.Refusal {
        case unknownCategory

        var problem: Problem {
            switch self {
            case .unknownCategory:
                .invalid([
                    FieldProblem(pointer: "/category_id", code: "unknown_category", detail: "There is no such category.")
                ])
            }
        }
    }

    func run(in tx: borrowing Transaction, at now: Instant) throws -> DepthRuleSizes {
        let moment = try tx.profileMoment(of: retailer, at: now)
        let wanted = try category.map { try tx.categories(under: [$0], of: retailer) }
        if wanted == [] { throw Refusal.unknownCategory }
        let base = try tx.promotionBase(of: retailer, asOf: moment.asOf, windowDays: moment.windowDays, by: rules)
        let categories = wanted.map { base.ways.numbers(of: $0) } ?? []
        let buy = base.alike.buy(categories)
        let keys = try tx.promotionSample(of: retailer)
        var sizes = DepthRuleSizes(
            rules: rules, asOf: moment.asOf, windowDays: moment.windowDays, shoppersForEach: try tx.shoppersForEach(of: retailer),
            category: category)
        var (habits, search) = (PromotionHabits(base.ways), AlikeShoppers.Search(base.alike))
        try tx.eachPromotionHabit(of: keys, &habits, base.ways) { key, habits in
            guard habits.receipts > 0 || habits.lines > 0 else { return }
            sizes.looked += 1
            search.forget()
            for rule in base.holds(habits) { sizes.found[rule, default: 0] += 1 }
            if category != nil, base.misses(categories, habits, key: key, buy: buy, &search) {
                sizes.found[.missingCategory, default: 0] += 1
            }
        }
        return sizes
    }
}

struct DepthRuleSizes: Sendable, JSONWritable {
    let rules: DepthRules
    let asOf: BusinessDay
    let windowDays: Int32
    /// How many shoppers each one that was looked at stands for.
    let shoppersForEach: Int64
    let category: ExternalID?
    /// Shoppers who bought something.
    var looked: Int64 = 0
    var found: [DepthRule: Int64] = [:]

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("as_of", asOf)
            json.field("window_days", windowDays)
            json.field("category_id", category)
            json.field("looked_at", looked)
            json.field("shoppers", looked * shoppersForEach)
            json.field("is_exact", shoppersForEach == 1)
            json.array("data", DepthRule.allCases) { json, rule in
                json.object { json in
                    json.field("rule", word: rule)
                    json.field("is_on", rules.on.contains(rule))
                    json.object("thresholds") { rules.writeThresholds(of: rule, to: &$0) }
                    let isCounted = rule != .missingCategory || category != nil
                    let found = found[rule] ?? 0
                    json.field("shoppers", isCounted ? found * shoppersForEach : nil)
                    json.field("share_bp", isCounted ? found * 10_000 / max(1, looked) : nil)
                }
            }
        }
    }
}

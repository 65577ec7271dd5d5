import Kernel
import Parties
import Postgres
import Profiles

/// Which part of an audience gets which of a campaign's depths: of so many of its members as are looked at, evenly over their keys.
struct DepthShares: Sendable {
    static let membersMax = 4_096

    /// Each of its depths, rising; they come to 1.
    let parts: [(depth: BasisPoints, share: Double)]

    /// Where nobody was looked at, all get what most get.
    init(counted: [BasisPoints: Int], of terms: DepthByShopper) {
        let counted = counted.isEmpty ? [terms.otherwise: 1] : counted
        let all = Double(counted.values.reduce(0, +))
        parts = terms.depths.map { ($0, Double(counted[$0] ?? 0) / all) }
    }
}

extension Transaction {
    /// `members`: rising. `knowsCosts`: false where a supplier asks.
    func depthShares(
        of terms: DepthByShopper, among members: [Int64], products: [Int32], on moment: ProfileMoment, knowsCosts: Bool
    ) throws -> DepthShares {
        let policy = try policy(of: moment.retailer)
        let base = try promotionBase(
            of: moment.retailer, asOf: moment.asOf, windowDays: moment.windowDays, by: policy.depthRules, sample: moment.sample,
            knowsCosts: knowsCosts)
        let categories = try query(
            """
            SELECT DISTINCT category_id
            FROM product
            WHERE retailer_id = \(moment.retailer) AND ordinal = ANY (\(products)) AND category_id IS NOT NULL
            """, { row in try row.next(ExternalID.self) })
        let judge = DepthJudge(terms, for: categories, against: base)
        let step = max(1, members.count / DepthShares.membersMax)
        let keys = stride(from: 0, to: members.count, by: step).map { UInt32(members[$0]) }
        var (habits, search) = (PromotionHabits(base.ways), AlikeShoppers.Search(base.alike))
        var counted: [BasisPoints: Int] = [:]
        try eachPromotionHabit(of: keys, &habits, base.ways) { key, habits in
            search.forget()
            counted[judge.depth(of: key, habits, base.holds(habits), &search), default: 0] += 1
        }
        return DepthShares(counted: counted, of: terms)
    }
}

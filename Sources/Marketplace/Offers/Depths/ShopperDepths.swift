import Bitmaps
import Campaigns
import Kernel
import Parties
import Postgres
import Profiles

/// How deep a campaign's discount is for whom, of those to whom a round may promise it.
struct ShopperDepths: Sendable {
    /// Without the rules that the retailer has switched off.
    let terms: DepthByShopper
    /// Those who get another depth than most.
    private(set) var others: [BasisPoints: KeySet] = [:]

    init(_ terms: DepthByShopper, _ rules: DepthRules) {
        self.terms = terms.keeping(rules.on)
    }

    mutating func add(_ keys: [UInt32], at depth: BasisPoints) {
        others[depth, default: KeySet()].formUnion(KeySet(keys))
    }

    /// In basis points.
    func depth(of key: UInt32) -> Int32 { (others.first { $0.value.contains(key) }?.key ?? terms.otherwise).value }

    /// Members by the depth of each, rising; that of most is always there.
    func split(_ members: KeySet) -> [(depthBP: Int32, members: KeySet)] {
        var (parts, rest) = ([(depthBP: Int32, members: KeySet)](), members)
        for (depth, keys) in others {
            let own = members.intersection(keys)
            rest.subtract(own)
            if !own.isEmpty { parts.append((depth.value, own)) }
        }
        return (parts + [(terms.otherwise.value, rest)]).sorted { $0.depthBP < $1.depthBP }
    }
}

extension Transaction {
    /// Finds the depth of everybody whom a campaign with depths by shopper may be promised to, and of whom all is told.
    func findDepths(in campaigns: inout [RoundCampaign], _ plan: RoundPlan) throws {
        let askers = campaigns.indices.filter { !(campaigns[$0].depths?.terms.parts.isEmpty ?? true) }
        guard !askers.isEmpty else { return }
        let base = try promotionBase(
            of: plan.retailer, asOf: plan.today.adding(days: -1), windowDays: plan.policy.profileWindowDays,
            by: plan.policy.depthRules)
        var gatherings = askers.compactMap { place in
            campaigns[place].depths.map { DepthGathering(campaigns[place], $0, base) }
        }
        let keys = gatherings.reduce(into: KeySet()) { $0.formUnion($1.asked) }.sorted
        var habits = PromotionHabits(base.ways)
        var search = AlikeShoppers.Search(base.alike)
        try eachPromotionHabit(of: keys, &habits, base.ways) { key, habits in
            let holds = base.holds(habits)
            search.forget()
            for index in gatherings.indices { gatherings[index].look(at: key, habits, holds, &search) }
        }
        for (place, var gathering) in zip(askers, gatherings) { campaigns[place].depths = gathering.finished() }
    }
}

/// Gathers the depths of one campaign's shoppers.
private struct DepthGathering {
    /// Whoever is asked about.
    let asked: KeySet
    private var depths: ShopperDepths
    private let judge: DepthJudge
    private var found: [BasisPoints: [UInt32]] = [:]

    init(_ campaign: RoundCampaign, _ depths: ShopperDepths, _ base: PromotionBase) {
        asked = campaign.eligible.union(campaign.holdout).union(campaign.shown).union(campaign.unassigned)
        self.depths = depths
        judge = DepthJudge(depths.terms, for: campaign.contender.categories, against: base)
    }

    mutating func look(
        at key: UInt32, _ habits: borrowing PromotionHabits, _ holds: Set<DepthRule>, _ search: inout AlikeShoppers.Search
    ) {
        guard asked.contains(key) else { return }
        let depth = judge.depth(of: key, habits, holds, &search)
        guard depth != depths.terms.otherwise else { return }
        found[depth, default: []].append(key)
        if found[depth]?.count ?? 0 >= 65_536 { flush() }
    }

    mutating func finished() -> ShopperDepths {
        flush()
        return depths
    }

    private mutating func flush() {
        for (depth, keys) in found { depths.add(keys, at: depth) }
        found = [:]
    }
}

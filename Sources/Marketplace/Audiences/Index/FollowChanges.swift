import AudienceIndex
import EventLog
import Kernel
import Postgres
import Profiles

extension Transaction {
    /// So many shoppers are looked at again one by one; beyond, everybody is.
    static var followedShoppersMax: Int { 200_000 }

    /// What these changes, all of which this transaction sees, make of the index; nil where it is to be built anew.
    func following(_ changes: ProfileChanges, from index: ShopperIndex) throws -> FollowedIndex? {
        guard !changes.isEmpty else { return FollowedIndex(index: index) }
        try prepareForProfiles()
        let moment = index.moment
        let hasNewGoods = !changes.products.isEmpty || changes.categories
        let catalogue = hasNewGoods ? try indexedCatalogue(of: moment.retailer) : index.catalogue
        let rules = changes.traits ? try activeTraitRules(of: moment.retailer) : index.rules
        var next = index.with(catalogue: catalogue, rules: rules)
        let stale = rules.filter { name, rule in
            index.rules[name] != rule || changes.categories && rule.merchandise.isOfCategories
        }
        if !stale.isEmpty || changes.traits { next = try withTraits(stale, of: next) }
        let shoppers = moment.sample.map { changes.shoppers.filter($0.contains) } ?? changes.shoppers
        let touched = Set(shoppers).union(index.buyers(of: changes.products)).sorted()
        guard touched.count <= Self.followedShoppersMax else { return nil }
        let facts = touched.isEmpty ? nil : try shopperFacts(on: moment, of: .keys(touched), rules)
        return FollowedIndex(
            index: next, touched: touched, facts: facts, hasChanges: true,
            hasErased: try hasErased(among: touched, of: moment.retailer))
    }

    /// Whether somebody of these was erased.
    func hasErased(among keys: [Int64], of retailer: RetailerID) throws -> Bool {
        guard !keys.isEmpty else { return false }
        return try one(
            """
            SELECT EXISTS (
                SELECT FROM shopper
                WHERE retailer_id = \(retailer) AND shopper_key = ANY (\(keys)) AND erased_at IS NOT NULL
            )
            """, { row in try row.next() })
    }

    /// Everybody's traits of these rules anew; those that are no longer in force go.
    private func withTraits(_ rules: [TraitName: TraitRule], of index: ShopperIndex) throws -> ShopperIndex {
        let layers = try index.layers.map { layer in
            var layer = layer
            let places = Places(layer.facts.keys)
            let found = try indexedTraits(rules, on: index.moment, of: .all, places)
            layer.facts.traits = layer.facts.traits.filter { name, _ in index.rules[name] != nil && rules[name] == nil }
                .merging(found) { $1 }
            return layer
        }
        return index.with(layers: layers, scoring: index.scoring)
    }
}

/// What was read of changes. It is put into the index after the transaction, which so is no longer than its reads.
struct FollowedIndex: Sendable {
    let index: ShopperIndex
    /// Rising.
    var touched: [Int64] = []
    var facts: ShopperFacts?
    var hasChanges = false
    /// Somebody is to be forgotten: what was known of them must not stay behind, as it does of others.
    var hasErased = false

    func applied() -> ShopperIndex { facts.map { index.replacing(touched, by: $0, forgetting: hasErased) } ?? index }
}

extension ShopperIndex {
    /// Everybody in one layer.
    package func inOneLayer() -> ShopperIndex {
        layers.count < 2
            ? self : with(layers: [IndexLayer(.joined(layers))], scoring: Scoring(after: scoring, yearsAreSame: true))
    }

    /// A layer is joined with the one before it while that is at most so many times larger: layers stay few, and nobody is
    /// copied often.
    private static let growth = 4

    /// The same index after some shoppers were looked at again: `facts` has those of them who are in the base. Both rise.
    /// `forgetting`: layers that lose somebody are made anew of those who stay; else they only no longer count them.
    func replacing(_ touched: [Int64], by facts: ShopperFacts, forgetting: Bool) -> ShopperIndex {
        var (before, kept) = ([Int64: YearNumbers.Value](), [IndexLayer]())
        for layer in layers {
            let known = layer.facts.ordinals(of: touched)
            let gone = known.filter { layer.live.contains($0) }
            for ordinal in gone { before[layer.facts.keys[Int(ordinal)]] = layer.facts.year.value(Int(ordinal)) }
            let live = layer.live.removing(gone)
            guard live.count > 0 else { continue }
            let rest = IndexLayer(layer.facts, live: live)
            kept.append(forgetting && !known.isEmpty ? IndexLayer(.joined([rest])) : rest)
        }
        var after: [Int64: YearNumbers.Value] = [:]
        for (ordinal, key) in facts.keys.enumerated() { after[key] = facts.year.value(ordinal) }
        if !facts.keys.isEmpty { kept.append(IndexLayer(facts)) }
        return with(layers: Self.joinedWhereSmall(kept), scoring: Scoring(after: scoring, yearsAreSame: before == after))
    }

    private static func joinedWhereSmall(_ layers: [IndexLayer]) -> [IndexLayer] {
        var layers = layers
        while layers.count >= 2, layers[layers.count - 2].live.count <= growth * layers[layers.count - 1].live.count {
            let last = Array(layers.suffix(2))
            layers.removeLast(2)
            layers.append(IndexLayer(.joined(last)))
        }
        return layers
    }

    /// Whoever bought one of these products, by their ordinals, in the time that any question looks back to.
    fileprivate func buyers(of products: [Int64]) -> Set<Int64> {
        var buyers: Set<Int64> = []
        for layer in layers {
            for product in products {
                guard let set = layer.facts.boughtProducts[Int32(clamping: product)] else { continue }
                buyers.formUnion(layer.keys(of: set.ordinals.filter { layer.live.contains($0) }))
            }
        }
        return buyers
    }

    func with(layers: [IndexLayer], scoring: Scoring) -> ShopperIndex {
        ShopperIndex(moment: moment, layers: layers, catalogue: catalogue, rules: rules, scoring: scoring, crew: crew)
    }

    fileprivate func with(catalogue: IndexedCatalogue, rules: [TraitName: TraitRule]) -> ShopperIndex {
        ShopperIndex(moment: moment, layers: layers, catalogue: catalogue, rules: rules, scoring: scoring, crew: crew)
    }
}

extension Merchandise {
    fileprivate var isOfCategories: Bool { if case .categories = self { true } else { false } }
}

package import Kernel
package import Parties
package import Profiles

/// At which of a campaign's depths a shopper is, by what is counted of their receipts.
package struct DepthJudge: Sendable {
    /// Without the rules that the retailer has switched off.
    package let terms: DepthByShopper
    private let base: PromotionBase
    /// Those of the campaign's goods, which may be missing.
    private let categories: Set<Int32>
    /// Of each of the base's sample whether they buy of them.
    private let buy: [Bool]

    package init(_ terms: DepthByShopper, for categories: some Sequence<ExternalID>, against base: PromotionBase) {
        self.terms = terms.keeping(base.ways.rules.on)
        self.base = base
        let needsNearest = self.terms.parts.contains { $0.rule == .missingCategory }
        self.categories = needsNearest ? base.ways.numbers(of: categories) : []
        buy = base.alike.buy(self.categories)
    }

    /// `holds`: what `base.holds` says. The nearest are looked for only where it matters.
    package func depth(
        of key: UInt32, _ habits: borrowing PromotionHabits, _ holds: Set<DepthRule>, _ search: inout AlikeShoppers.Search
    ) -> BasisPoints {
        for part in terms.parts {
            let isTrue =
                part.rule == .missingCategory
                ? base.misses(categories, habits, key: key, buy: buy, &search) : holds.contains(part.rule)
            if isTrue { return part.depth }
        }
        return terms.otherwise
    }
}

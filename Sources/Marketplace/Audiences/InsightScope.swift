import JSONText
package import Kernel
import Postgres
import Profiles

/// What a supplier may ask about at a retailer: by its agreements in force on a day, own brands, own categories, or all
/// (DOMAIN 10). Of several agreements the widest reach counts, over all their goods together.
///
/// Only leaves that name goods or stores can be outside; a trait is judged by its rule. Stores are asked for by whole
/// regions, unless the agreement names the store.
package struct InsightScope: Sendable {
    enum Reach: String, CaseIterable, SQLWord { case ownBrands = "own_brands", ownCategories = "own_categories", all }

    let retailer: RetailerID
    let reach: Reach
    let brands: [ExternalID]
    let categories: [ExternalID]
    let products: [ExternalID]
    let stores: [ExternalID]

    package enum Refusal: Kernel.Refusal {
        case noAgreement
        case outside([String])

        package var problem: Problem {
            switch self {
            case .noAgreement: Problem(403, "no_agreement_in_force", "The supplier has no agreement in force with this retailer.")
            case .outside(let pointers):
                Problem(
                    403, "outside_insight_scope", "The agreement does not let the supplier ask this.",
                    fields: pointers.map {
                        FieldProblem(
                            pointer: $0, code: "outside_insight_scope", detail: "Names goods or stores outside the insight scope."
                        )
                    })
            }
        }
    }

    /// Throws with a pointer to each leaf that is outside.
    func check(_ predicate: Predicate, at pointer: String, in tx: borrowing Transaction) throws {
        let names = Set(predicate.criteria.flatMap(\.traitNames)).sorted()
        let rules = names.isEmpty ? [:] : try tx.traitRules(of: retailer, named: names)
        var outside: [String] = []
        for leaf in predicate.leaves(at: pointer) where try !allows(leaf.criterion, rules, in: tx) {
            outside.append(leaf.pointer)
        }
        guard outside.isEmpty else { throw Refusal.outside(outside) }
    }

    private func allows(
        _ criterion: Criterion, _ rules: [TraitName: TraitRule], in tx: borrowing Transaction
    ) throws -> Bool {
        switch criterion {
        case .averageCheck, .purchaseFrequency, .spend, .recencyDays, .rfmSegments, .rfmScores, .tags: return true
        case .stores(let ids, _): return try tx.areWholeRegions(ids, except: stores, at: retailer)
        case .favouriteBrands(let ids, _): return try allows(.brands(ids), in: tx)
        case .bought(let merchandise, _, _): return try allows(merchandise, in: tx)
        case .traits(let several):
            for name in several.names {
                guard let rule = rules[name] else { continue }
                guard try allows(rule.merchandise, in: tx) else { return false }
            }
            return true
        }
    }

    /// Whether every product that the goods mean is within reach; goods that the catalogue does not know are not.
    func allows(_ merchandise: Merchandise, in tx: borrowing Transaction) throws -> Bool {
        switch (reach, merchandise) {
        case (.all, _): true
        case (.ownBrands, .brands(let ids)): Set(ids).isSubset(of: brands)
        case (.ownBrands, _), (.ownCategories, _): try tx.areWithin(self, merchandise)
        }
    }
}

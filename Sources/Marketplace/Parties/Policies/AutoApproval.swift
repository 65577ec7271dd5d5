package import HTTPSupport
package import JSONText
package import Kernel

/// The limits within which a supplier's campaign is approved without a person of the retailer's. All must hold.
package struct AutoApproval: Sendable, Hashable {
    package static let daysMaxBound: Int64 = 366
    package static let overlapMaxBound: Int64 = 100

    package let budgetMax: Money
    package let depthMax: BasisPoints
    /// Length of the campaign in days, first and last included.
    package let daysMax: Int32
    /// Each product must stand under one of these; nil means any category of the scope.
    package let categories: Set<ExternalID>?
    /// The campaign may run in these stores only; nil means any store of the scope.
    package let stores: Set<ExternalID>?
    /// How many other campaigns may run on one of its products at the same time; 0 wants it alone.
    package let overlapMax: Int32

    /// What a campaign asks for, as far as these limits look at it.
    package struct Proposal: Sendable, Hashable {
        package let budget: Money
        package let depth: BasisPoints
        package let days: Int32
        /// For each product the ids of its category and of all categories above it.
        package let categoryPaths: [[ExternalID]]
        /// Nil: all stores of the scope.
        package let stores: Set<ExternalID>?
        package let overlapping: Int32

        package init(
            budget: Money, depth: BasisPoints, days: Int32, categoryPaths: [[ExternalID]], stores: Set<ExternalID>?,
            overlapping: Int32
        ) {
            self.budget = budget
            self.depth = depth
            self.days = days
            self.categoryPaths = categoryPaths
            self.stores = stores
            self.overlapping = overlapping
        }
    }

    package enum Limit: String, CaseIterable, Sendable {
        case budget, depth, length, categories, stores, overlap
    }

    /// The limits that a campaign exceeds; none means that it is approved at once.
    package func exceeded(by proposal: Proposal) -> [Limit] {
        Limit.allCases.filter { exceeds($0, proposal) }
    }

    private func exceeds(_ limit: Limit, _ proposal: Proposal) -> Bool {
        switch limit {
        case .budget: proposal.budget.asset != budgetMax.asset || proposal.budget.minor > budgetMax.minor
        case .depth: proposal.depth > depthMax
        case .length: proposal.days > daysMax
        case .categories:
            categories.map { allowed in proposal.categoryPaths.contains { allowed.isDisjoint(with: $0) } } ?? false
        case .stores: stores.map { allowed in !(proposal.stores?.isSubset(of: allowed) ?? false) } ?? false
        case .overlap: proposal.overlapping > overlapMax
        }
    }
}

extension AutoApproval: JSONWritable {
    package init(_ fields: Fields, in asset: Asset) {
        budgetMax = fields.money("budget_max", in: asset)
        depthMax = fields.basisPoints("depth_max_bp")
        daysMax = Int32(fields.integer("days_max", in: 1...Self.daysMaxBound))
        categories = fields.idSetIfPresent("categories")
        stores = fields.idSetIfPresent("stores")
        overlapMax = Int32(fields.integerIfPresent("overlap_max", in: 0...Self.overlapMaxBound) ?? 0)
    }

    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("budget_max", budgetMax)
            json.field("depth_max_bp", depthMax)
            json.field("days_max", daysMax)
            json.fieldIfPresent("categories", categories?.sorted())
            json.fieldIfPresent("stores", stores?.sorted())
            json.field("overlap_max", overlapMax)
        }
    }
}

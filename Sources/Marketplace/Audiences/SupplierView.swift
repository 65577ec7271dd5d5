package import Kernel
package import Postgres
package import Profiles
import Tenancy

/// The one way in which a number of shoppers reaches a supplier (DOMAIN 10, docs/threat-model.md): previews, forecasts,
/// overlaps and checks all ask here.
///
/// Counted is the retailer's secret sample at the weekly snapshot, by the supplier's predicate with its bounds on the
/// published grid; each shopper of the sample stands for `SupplierSampling.oneInDefault`. Where the set, any part of the
/// predicate, or what a `not` takes away is by that smaller than the retailer's floor, the answer is `belowFloor` and
/// nothing else; otherwise it is the estimate with noise, rounded. So nobody outside the sample changes any bit of any answer.
package struct SupplierView: Sendable {
    private let database: Database
    package let sampling: SupplierSampling
    private let indexes: AudienceIndexes?

    package init(_ database: Database, _ sampling: SupplierSampling, _ indexes: AudienceIndexes? = nil) {
        self.database = database
        self.sampling = sampling
        self.indexes = indexes
    }

    /// A question that passed the scope and was paid from the day's budget.
    package struct Question: Sendable {
        /// With its bounds on the grid: this is what is counted.
        package let predicate: Predicate
        /// Of the sample.
        package let moment: ProfileMoment
        let details: DetailPlan?
        fileprivate let noise: CountNoise
    }

    /// Checks the scope, puts bounds on the grid and charges the budget, all in one short transaction. `pointer` is where
    /// the predicate stands in the request.
    package func ask(
        _ predicate: Predicate, at pointer: String, by supplier: SupplierID, of retailer: RetailerID, in world: OutsideWorld
    ) async throws -> Question {
        try await ask(predicate, at: pointer, details: nil, by: supplier, of: retailer, in: world)
    }

    /// The same with details: each of their numbers is a predicate of its own and is paid for as one.
    func ask(
        _ predicate: Predicate, at pointer: String, details: DetailRequest?, by supplier: SupplierID, of retailer: RetailerID,
        in world: OutsideWorld
    ) async throws -> Question {
        let sampling = sampling
        return try await database.transaction(as: .supplier(supplier, at: retailer)) { tx in
            let now = try tx.profileMoment(of: retailer, at: world.now())
            let snapped = try tx.admitted(predicate, at: pointer, by: supplier, on: now)
            let (noise, sample) = try sampling.secrets(of: retailer, in: tx, world)
            let plan = try details.map { try tx.detailPlan($0, of: snapped, at: pointer, by: supplier, on: now) }
            let asked = [snapped] + (plan?.rows.map(\.whole) ?? []).filter { $0 != .everybody }
            try PredicateBudget.charge(asked, to: supplier, at: retailer, on: now.today, in: tx)
            return Question(
                predicate: snapped, moment: now.weeklySnapshot.sampled(by: sample), details: plan, noise: noise)
        }
    }

    /// The answers to a question and to "everybody". By the index where it is current; else in one read, which is long:
    /// bounded by the statement timeout.
    package func answer(_ question: Question, for supplier: SupplierID) async throws -> (
        audience: SupplierCount, base: SupplierCount
    ) {
        let counts = try await counts(of: [question.predicate, .everybody], question, for: supplier)
        return (counts[0], counts[1])
    }

    /// The rows of the question's details, none where it has no such.
    func detailCounts(_ question: Question, for supplier: SupplierID) async throws -> [SupplierCount] {
        guard let plan = question.details else { return [] }
        return try await counts(of: plan.rows.map(\.whole), question, for: supplier)
    }

    /// The one function that gives a supplier a number of shoppers: each predicate's facts go into `SupplierCount`, and nothing
    /// else of them leaves here.
    private func counts(
        of predicates: [Predicate], _ question: Question, for supplier: SupplierID
    ) async throws -> [SupplierCount] {
        let facts = try await sampledFacts(of: predicates, on: question.moment, for: supplier)
        return facts.map { SupplierCount($0, question.noise, question.moment) }
    }

    private func sampledFacts(
        of predicates: [Predicate], on moment: ProfileMoment, for supplier: SupplierID
    ) async throws -> [AudienceFacts] {
        try await AudienceTooSlow.watching {
            if let index = indexes?.current(.weekly, for: moment, asking: predicates) {
                return try await index.ask { index in predicates.map { AudienceFacts($0, in: index) } }
            }
            let scope = Scope.supplier(supplier, at: moment.retailer)
            return try await database.read(as: scope) { tx in
                try Predicate.statements(predicates).flatMap { try tx.audienceFacts(of: $0, on: moment) }
            }
        }
    }
}

/// What is known of an audience before anything is said of it to a supplier: of the moment's sample alone.
struct AudienceFacts: Sendable {
    /// Of every set that must hold the floor.
    let guardedSizes: [Int64]
    /// Rising.
    let members: [Int64]

    init(guardedSizes: [Int64], members: [Int64]) {
        self.guardedSizes = guardedSizes
        self.members = members
    }

    init(_ predicate: Predicate, in index: ShopperIndex) {
        guardedSizes = predicate.guardedSets.map { Int64(index.count(of: $0)) }
        members = index.members(of: predicate)
    }
}

/// What a supplier reads instead of a number of shoppers.
package enum SupplierCount: Sendable, Hashable {
    case belowFloor
    /// With noise, rounded to the step; never below the floor.
    case about(Int64)

    /// The answers' granularity: max(10, floor / 5).
    package static func step(floor: Int32) -> Int64 { max(10, Int64(floor) / 5) }

    init(_ facts: AudienceFacts, _ noise: CountNoise, _ moment: ProfileMoment) {
        guard facts.guardedSizes.allSatisfy(moment.holdsFloor) else {
            self = .belowFloor
            return
        }
        self = .of(
            estimate: Int64(facts.members.count) * moment.weight, draw: noise.draw(for: facts.members, of: moment.retailer),
            floor: moment.privacyFloor)
    }

    /// `draw` is of the standard normal distribution; the noise's deviation is the floor.
    static func of(estimate: Int64, draw: Double, floor: Int32) -> SupplierCount {
        let step = step(floor: floor)
        let noisy = Double(estimate) + draw * Double(floor)
        let rounded = Int64((noisy / Double(step)).rounded()) * step
        return estimate < Int64(floor) || rounded < Int64(floor) ? .belowFloor : .about(rounded)
    }
}

extension Predicate {
    /// Every set that must hold at least the floor before this predicate is answered: each part of the normal form, what
    /// stands under each `not`, and what that takes away from its neighbours.
    var guardedSets: [Predicate] {
        var seen: Set<Predicate> = []
        return normalForm.guarded.filter { seen.insert($0).inserted }
    }

    private var guarded: [Predicate] {
        switch self {
        case .leaf: [self]
        case .not(let part): [self, part]
        case .all(let parts): [self] + parts.flatMap(\.guarded) + Self.differences(parts) { .all($0) }
        case .any(let parts): [self] + parts.flatMap(\.guarded) + Self.differences(parts) { .all($0.map { .not($0) }) }
        }
    }

    /// For each `not` among the parts: whom it concerns within (or, under `any`, outside) the others.
    private static func differences(_ parts: [Predicate], _ rest: ([Predicate]) -> Predicate) -> [Predicate] {
        parts.indices.compactMap { index in
            guard case .not(let taken) = parts[index] else { return nil }
            var others = parts
            others.remove(at: index)
            return .all([taken, rest(others)])
        }
    }
}

extension Transaction {
    /// By the oracle: of predicates that one statement can ask. Members only of those that may be answered.
    fileprivate func audienceFacts(of predicates: [Predicate], on moment: ProfileMoment) throws -> [AudienceFacts] {
        let guarded = predicates.map(\.guardedSets)
        var sizes = try counts(of: guarded.flatMap { $0 }, on: moment)[...]
        let own = guarded.map { sets in
            defer { sizes = sizes.dropFirst(sets.count) }
            return Array(sizes.prefix(sets.count))
        }
        let open = predicates.indices.filter { own[$0].allSatisfy(moment.holdsFloor) }
        let members = try members(of: open.map { predicates[$0] }, on: moment)
        let byPlace = Dictionary(uniqueKeysWithValues: zip(open, members))
        return predicates.indices.map { AudienceFacts(guardedSizes: own[$0], members: byPlace[$0] ?? []) }
    }

    /// The details that a supplier may ask for: goods and the other audience within its scope as well.
    fileprivate func detailPlan(
        _ request: DetailRequest, of predicate: Predicate, at pointer: String, by supplier: SupplierID, on moment: ProfileMoment
    ) throws -> DetailPlan {
        if let goods = request.goods {
            let leaf = Predicate.leaf(.bought(goods, withinDays: 365, minReceipts: 1))
            _ = try admitted(leaf, at: "/details/goods", by: supplier, on: moment)
        }
        let other = try request.overlapWith.map { id -> Predicate in
            guard let audience = try audience(id, of: moment.retailer) else { throw DetailRequest.unknownAudience }
            return try admitted(audience.predicate, at: "/details/overlap_with", by: supplier, on: moment)
        }
        return try DetailPlan(
            of: predicate, at: pointer, goods: request.goods, other: other, regions: try storeRegions(of: moment.retailer))
    }

    /// The predicate as a supplier may have it: within its scope, with its bounds on the grid.
    func admitted(
        _ predicate: Predicate, at pointer: String, by supplier: SupplierID, on moment: ProfileMoment
    ) throws -> Predicate {
        let scope = try insightScope(of: supplier, at: moment.retailer, on: moment.today)
        try scope.check(predicate, at: pointer, in: self)
        return BoundGrid.snapped(predicate)
    }
}

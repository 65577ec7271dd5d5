import Kernel
import Profiles

/// The questions that the details of a preview consist of. Each number is a count of a predicate, so that suppliers get all
/// of them through the one function that gives them any.
struct DetailPlan: Sendable {
    enum Subject: Sendable, Hashable {
        case region(String)
        case averageCheck(AmountRange)
        case purchaseFrequency(CountRange)
        case buyers(Buyers)
        case overlap
        case otherAudience
        case without(String)
    }

    /// Of the chosen goods: within 90 days; within 365 but not 90; not within 365.
    enum Buyers: String, Sendable, CaseIterable { case current, lapsed, new }

    struct Row: Sendable {
        let subject: Subject
        /// What is asked of the audience's own; nil where the question stands by itself.
        let within: Predicate?
        let whole: Predicate
    }

    let predicate: Predicate
    let rows: [Row]

    /// In minor units: each is the least of its step.
    static let checkBounds: [Int64] = [0, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000]
    static let frequencyBounds: [Int32] = [0, 1, 2, 3, 5, 10, 20, 50]
    static let regionsMax = 50
    static let storesMax = 1_000
    private static let currentDays: Int32 = 90
    private static let lapsedDays: Int32 = 365

    /// Throws where there are more criteria than details are given of.
    init(
        of predicate: Predicate, at pointer: String, goods: Merchandise?, other: Predicate?,
        regions: [(name: String, stores: [ExternalID])]
    ) throws {
        let criteria = Set(predicate.criteria + (other?.criteria ?? []))
        guard criteria.count <= DetailRequest.criteriaMax else { throw DetailRequest.tooMany }
        self.predicate = predicate
        var within: [(Subject, Predicate)] = regions.map {
            (.region($0.name), .leaf(.stores(any: $0.stores, minReceipts: 1)))
        }
        within += Self.checks.map { (.averageCheck($0), .leaf(.averageCheck($0))) }
        within += Self.frequencies.map { (.purchaseFrequency($0), .leaf(.purchaseFrequency($0))) }
        if let goods { within += Self.buyers(of: goods) }
        if let other { within.append((.overlap, other)) }
        var rows = within.map { Row(subject: $0.0, within: $0.1, whole: .all([predicate, $0.1])) }
        if let other { rows.append(Row(subject: .otherAudience, within: nil, whole: other)) }
        rows += predicate.leaves(at: pointer).enumerated().map { number, leaf in
            Row(subject: .without(leaf.pointer), within: nil, whole: predicate.dropping(leaf: number) ?? .everybody)
        }
        self.rows = rows
    }

    static let checks = checkBounds.indices.map { place in
        AmountRange(gte: checkBounds[place], lt: place + 1 < checkBounds.count ? checkBounds[place + 1] : nil)
    }

    static let frequencies = frequencyBounds.indices.map { place in
        CountRange(
            gte: frequencyBounds[place], lte: place + 1 < frequencyBounds.count ? frequencyBounds[place + 1] - 1 : nil)
    }

    private static func buyers(of goods: Merchandise) -> [(Subject, Predicate)] {
        let lately = Predicate.leaf(.bought(goods, withinDays: currentDays, minReceipts: 1))
        let thisYear = Predicate.leaf(.bought(goods, withinDays: lapsedDays, minReceipts: 1))
        return [
            (.buyers(.current), lately), (.buyers(.lapsed), .all([thisYear, .not(lately)])), (.buyers(.new), .not(thisYear)),
        ]
    }
}

extension Predicate {
    /// The predicate without its leaf of that number in reading order; nil where nothing is left of it. A node that loses
    /// its last part goes too.
    func dropping(leaf number: Int) -> Predicate? {
        switch self {
        case .leaf: return number == 0 ? nil : self
        case .not(let part): return part.dropping(leaf: number).map { .not($0) }
        case .all(let parts):
            let rest = Self.dropping(number, of: parts)
            return rest.isEmpty && !parts.isEmpty ? nil : .all(rest)
        case .any(let parts):
            let rest = Self.dropping(number, of: parts)
            return rest.isEmpty && !parts.isEmpty ? nil : .any(rest)
        }
    }

    private static func dropping(_ number: Int, of parts: [Predicate]) -> [Predicate] {
        var first = 0
        return parts.compactMap { part in
            let count = part.leaves(at: "").count
            defer { first += count }
            return (first..<first + count).contains(number) ? part.dropping(leaf: number - first) : part
        }
    }

    /// Groups of predicates, in order, each of which asks at most so many different questions as one statement can.
    static func statements(_ predicates: [Predicate]) -> [[Predicate]] {
        var (groups, criteria) = ([[Predicate]](), Set<Criterion>())
        for predicate in predicates {
            let all = criteria.union(predicate.criteria)
            if groups.isEmpty || all.count > leavesMax {
                groups.append([predicate])
                criteria = Set(predicate.criteria)
            } else {
                groups[groups.count - 1].append(predicate)
                criteria = all
            }
        }
        return groups
    }
}

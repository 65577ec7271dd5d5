import Audiences
import Kernel
import Profiles
import TestSupport

/// Random receipts, returns and predicates, small enough that edges are hit often: few days, few prices, many ties.
struct RandomTown {
    static let shoppers: Int64 = 24
    static let tagNames = ["vip", "staff_pick", "new"]

    var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func products() -> [NaiveTown.Product] {
        (0..<10).map { _ in
            .init(
                brand: pick(["a", "b", "c", "d", nil]), category: pick(["dairy", "milk", "cheese", "pets", "cats", nil]))
        }
    }

    mutating func slips() -> [Slip] {
        (0..<140).map { number in
            let lines = (0..<Int.random(in: 0...4, using: &random)).map { _ in
                Slip.Line(
                    product: Int32.random(in: 0..<10, using: &random), quantity: pick([0, 1000, 1000, 2000]),
                    paid: pick([0, 1000, 1000, 2000, 5000, nil]))
            }
            return Slip(
                number: number,
                shopper: pick([Int64.random(in: 1...Self.shoppers, using: &random), Int64.random(in: 1...6, using: &random), nil]
                ),
                day: day(), store: Int32.random(in: 0..<3, using: &random), lines: lines,
                total: pick([nil, 3000, 8000]), isVoided: chance(12), receivedOn: chance(15) ? day() : nil)
        }
    }

    mutating func refunds(of slips: [Slip]) -> [Refund] {
        (0..<70).map { number in
            let slip = slips.randomElement(using: &random)!
            let isMatched = !slip.lines.isEmpty && !chance(3)
            return Refund(
                number: number, shopper: isMatched ? slip.shopper : pick([slip.shopper, 1, 2, nil]),
                day: isMatched ? slip.day + Int.random(in: 0...9, using: &random) : slip.day,
                quantity: pick([500, 1000, 1000, 2000]),
                amount: pick([0, 500, 1000, 2000, 9000]),
                original: isMatched ? (slip, Int.random(in: 1...slip.lines.count, using: &random)) : nil, isVoided: chance(8))
        }
    }

    mutating func traits() -> [TraitName: TraitRule] {
        Dictionary(
            uniqueKeysWithValues: ["cat_owner", "cheese_lover"].map {
                (TraitName(rawValue: $0)!, TraitRule(merchandise: goods(), minReceipts: pick([1, 2])))
            })
    }

    mutating func tags() -> [String: Set<Int64>] {
        Dictionary(
            uniqueKeysWithValues: Self.tagNames.map { tag in (tag, Set((1...Self.shoppers).filter { _ in chance(3) })) })
    }

    mutating func predicate(depth: Int = 1) -> Predicate {
        guard depth < 4, !chance(3) else { return .leaf(criterion()) }
        let parts = (0..<Int.random(in: 1...3, using: &random)).map { _ in predicate(depth: depth + 1) }
        return switch Int.random(in: 0..<3, using: &random) {
        case 0: .all(parts)
        case 1: .any(parts)
        default: .not(parts[0])
        }
    }

    private mutating func criterion() -> Criterion {
        switch Int.random(in: 0..<11, using: &random) {
        case 0: .stores(any: ids(["s0", "s1", "s2", "s9"]), minReceipts: pick([1, 2, 4]))
        case 1: .averageCheck(amounts())
        case 2: .purchaseFrequency(counts(0...6))
        case 3: .spend(amounts())
        case 4: .recencyDays(counts(0...120))
        case 5: .favouriteBrands(any: ids(["a", "b", "c", "zz"]), top: pick([1, 2, 3]))
        case 6, 7: .bought(goods(), withinDays: pick(Criterion.boughtDays), minReceipts: pick([1, 1, 2, 3]))
        case 8:
            .traits(
                Several(
                    pick([.any, .all]),
                    Set((0..<2).map { _ in TraitName(rawValue: pick(["cat_owner", "cheese_lover", "gone"]))! }).sorted()))
        case 9: .tags(Several(pick([.any, .all]), ids(Self.tagNames + ["none"])))
        default:
            chance(2)
                ? .rfmSegments(Set((0..<3).map { _ in Segment.allCases.randomElement(using: &random)! }).sorted())
                : .rfmScores(RFMScores(r: pick([nil, 2, 4, 5]), f: pick([nil, 2, 3]), m: pick([2, 3, 5])))
        }
    }

    private mutating func goods() -> Merchandise {
        switch Int.random(in: 0..<3, using: &random) {
        case 0: .products(ids((0..<10).map { "p\($0)" }))
        case 1: .brands(ids(["a", "b", "c", "d", "zz"]))
        default: .categories(ids(["dairy", "milk", "cheese", "pets", "cats"]))
        }
    }

    /// One or two of the names, sorted as a parsed predicate has them.
    private mutating func ids(_ names: [String]) -> [ExternalID] {
        Set((0..<Int.random(in: 1...2, using: &random)).map { _ in ExternalID(stored: names.randomElement(using: &random)!) })
            .sorted()
    }

    private mutating func amounts() -> AmountRange {
        let gte: Int64? = pick([nil, 0, 1000, 2000, 4000])
        return AmountRange(gte: gte, lt: gte == nil ? pick([1, 1000, 3000]) : pick([nil, 5000, 9000]))
    }

    private mutating func counts(_ range: ClosedRange<Int32>) -> CountRange {
        let gte: Int32? = chance(3) ? nil : Int32.random(in: range, using: &random)
        return CountRange(gte: gte, lte: gte == nil || chance(2) ? (gte ?? 0) + Int32.random(in: range, using: &random) : nil)
    }

    /// Mostly within the window, at its edges, within the year, and past it; day 1 is today.
    private mutating func day() -> Int {
        switch Int.random(in: 0..<6, using: &random) {
        case 0: pick([0, 1, 1, -29, -28, -30, -89, -90])
        case 1: -Int.random(in: 0...400, using: &random)
        default: -Int.random(in: 0...40, using: &random)
        }
    }

    private mutating func pick<Value>(_ values: [Value]) -> Value { values.randomElement(using: &random)! }

    private mutating func chance(_ oneIn: Int) -> Bool { Int.random(in: 0..<oneIn, using: &random) == 0 }
}

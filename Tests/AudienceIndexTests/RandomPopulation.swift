import AudienceIndex
import TestSupport

/// Columns and sets drawn at random, with the plain arrays that they were made from: dense and sparse chunks, whole chunks,
/// empty ones, many ties, amounts on both sides of what a code tells apart.
struct RandomPopulation {
    let count: Int
    let population: Population
    private(set) var leaves: [PlainLeaf] = []
    private var random: SeededGenerator

    /// A leaf and the same again over arrays.
    struct PlainLeaf {
        let leaf: Leaf
        let holds: @Sendable (Int) -> Bool
        let name: String
    }

    init(seed: UInt64, count: Int, _ crew: Crew) {
        self.count = count
        random = SeededGenerator(seed: seed)
        let missing = UInt32(seed % 7) * 1000
        let base = (0..<UInt32(count)).filter { $0 % 11 != 3 || $0 < missing }
        population = Population(count: count, base: OrdinalSet(base), crew)
        for share in [0, 1, 3, 40, 500, 900, 1000] { addMembers(perMille: share) }
        addWholeChunk()
        for _ in 0..<3 { addNumbers() }
        for _ in 0..<4 { addAmounts() }
        for _ in 0..<3 { addQuotients() }
        for _ in 0..<4 { addValued() }
    }

    private mutating func addMembers(perMille share: Int) {
        let members = (0..<UInt32(count)).filter { _ in chance(share, of: 1000) }
        let plain = Set(members)
        leaves.append(
            PlainLeaf(leaf: .members(OrdinalSet(members)), holds: { plain.contains(UInt32($0)) }, name: "members \(share)"))
    }

    private mutating func addWholeChunk() {
        let range = UInt32(Chunk.size)..<UInt32(2 * Chunk.size + 100)
        let members = range.filter { Int($0) < count }
        leaves.append(
            PlainLeaf(leaf: .members(OrdinalSet(members)), holds: { range.contains(UInt32($0)) }, name: "whole chunk"))
    }

    private mutating func addNumbers() {
        let column = NumberColumn(count: count)
        let most = pick([5, 1000, 65_535])
        let plain = (0..<count).map { _ in UInt16(Int.random(in: 0...most, using: &random)) }
        for ordinal in 0..<count { column[ordinal] = plain[ordinal] }
        let range = UInt16(most / 5)...UInt16(most / 5 + most / pick([2, 9, 50]))
        leaves.append(
            PlainLeaf(leaf: .number(column, range), holds: { range.contains(plain[$0]) }, name: "number \(range) of \(most)"))
    }

    private mutating func amounts(_ most: Int64) -> (AmountColumn, [Int64?]) {
        let column = AmountColumn(count: count)
        let plain = (0..<count).map { _ -> Int64? in
            chance(1, of: 8) ? nil : Int64(Double(most) * pow4(Double.random(in: 0...1, using: &random)))
        }
        for ordinal in 0..<count { column[ordinal] = plain[ordinal] }
        return (column, plain)
    }

    private mutating func addAmounts() {
        let most: Int64 = pick([100, 9_000, 3_000_000, 90_000_000_000, 9_000_000_000_000])
        let (column, plain) = amounts(most)
        let values = plain.compactMap { $0 }
        let (one, other) = (values.randomElement(using: &random) ?? 0, values.randomElement(using: &random) ?? 0)
        let range = pick([min(one, other)...max(one, other), one...Int64.max, 0...other, Int64(-5)...other])
        leaves.append(
            PlainLeaf(
                leaf: .amount(column, range), holds: { plain[$0].map { range.contains($0) } ?? false },
                name: "amount \(range) of \(most)"))
    }

    private mutating func addQuotients() {
        let (amounts, plainAmounts) = amounts(pick([40_000, 80_000_000_000]))
        let numbers = NumberColumn(count: count)
        let plainNumbers = (0..<count).map { _ in Int64.random(in: 0...40, using: &random) }
        for ordinal in 0..<count { numbers[ordinal] = UInt16(plainNumbers[ordinal]) }
        let low = pick([3, 977, 40_000, 10_000_001])
        let high = Int64(low) + pick([1, 700, 90_000])
        let column = AmountColumn(quotientOf: amounts, by: numbers)
        leaves.append(
            PlainLeaf(
                leaf: .amount(column, Int64(low)...(high - 1)),
                holds: { ordinal in
                    let (amount, number) = (plainAmounts[ordinal] ?? 0, plainNumbers[ordinal])
                    return number > 0 && amount >= Int64(low) * number && amount < high * number
                }, name: "quotient \(low) to \(high)"))
    }

    private mutating func addValued() {
        let sets = (0..<pick([1, 2, 5])).map { _ in valued(perMille: pick([2, 60, 600])) }
        let plain = sets.map { Dictionary(uniqueKeysWithValues: zip($0.0, $0.1)) }
        let range = UInt16(2)...pick([3, 8])
        let least = pick([2, 9, 14] as [UInt32])
        let made = sets.map { ValuedSet($0.0, values: $0.1) }
        leaves.append(
            PlainLeaf(
                leaf: .valued(made, range),
                holds: { ordinal in plain.contains { $0[UInt32(ordinal)].map { range.contains($0) } ?? false } },
                name: "valued \(range) in \(sets.count)"))
        leaves.append(
            PlainLeaf(
                leaf: .total(made, atLeast: least),
                holds: { ordinal in plain.reduce(UInt32(0)) { $0 + UInt32($1[UInt32(ordinal)] ?? 0) } >= least },
                name: "total \(least) in \(sets.count)"))
    }

    private mutating func valued(perMille share: Int) -> ([UInt32], [UInt16]) {
        let ordinals = (0..<UInt32(count)).filter { _ in chance(share, of: 1000) }
        return (ordinals, ordinals.map { _ in UInt16.random(in: 0...9, using: &random) })
    }

    private func pow4(_ value: Double) -> Double { value * value * value * value }

    private mutating func pick<Value>(_ values: [Value]) -> Value { values.randomElement(using: &random)! }

    private mutating func chance(_ share: Int, of whole: Int) -> Bool { Int.random(in: 0..<whole, using: &random) < share }
}

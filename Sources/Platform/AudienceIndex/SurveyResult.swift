/// The answer to a survey. Everything counts ordinals, except the sums.
package struct SurveyResult: Sendable, Equatable {
    package var count = 0
    /// For each leaf in reading order the count without it.
    package var dropped: [Int]
    package var insides: [Int]
    /// For each spread its steps; those without an amount are in none.
    package var spreads: [[Int]]
    package var shares: [Int]
    package var sums: [Int64]
    package var numberSums: [Int64]

    init(for survey: Survey) {
        dropped = Array(repeating: 0, count: survey.drops.count)
        insides = Array(repeating: 0, count: survey.insides.count)
        spreads = survey.spreads.map { Array(repeating: 0, count: $0.stepCount) }
        shares = Array(repeating: 0, count: survey.shares.count)
        sums = Array(repeating: 0, count: survey.sums.count)
        numberSums = Array(repeating: 0, count: survey.numberSums.count)
    }

    mutating func add(_ other: SurveyResult) {
        count += other.count
        for index in dropped.indices { dropped[index] += other.dropped[index] }
        for index in insides.indices { insides[index] += other.insides[index] }
        for spread in spreads.indices {
            for step in spreads[spread].indices { spreads[spread][step] += other.spreads[spread][step] }
        }
        for index in shares.indices { shares[index] += other.shares[index] }
        for index in sums.indices { sums[index] += other.sums[index] }
        for index in numberSums.indices { numberSums[index] += other.numberSums[index] }
    }
}

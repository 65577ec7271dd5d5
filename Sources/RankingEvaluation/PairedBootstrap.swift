/// How sure a measure is, and the difference of two scores on the same shoppers: households are drawn with replacement, all of a
/// household's campaigns together, and both scores are measured on the same draw (Efron and Tibshirani 1993). The same seed gives
/// the same answer.
package struct PairedBootstrap: Sendable {
    package struct Spread: Sendable, Hashable {
        package let low: Double
        package let high: Double
        package let standardError: Double
    }

    package struct Outcome: Sendable, Hashable {
        /// Of the first score.
        package let auc: Spread
        package let lift: Spread
        /// Of the first score minus the second.
        package let aucDifference: Spread
        package let liftDifference: Spread
    }

    let households: Int
    let draws: Int
    let seed: UInt64

    package init(households: Int, draws: Int, seed: UInt64) {
        precondition(households > 0 && draws > 1, "there is somebody to draw")
        self.households = households
        self.draws = draws
        self.seed = seed
    }

    /// The spreads hold the middle 90 % of the draws. Nil where no draw could be measured.
    package func compare(_ first: [RankedGroup], with second: [RankedGroup]) -> Outcome? {
        var lot = SeededLot(state: seed)
        var measured: [(first: RankingMeasure, second: RankingMeasure)] = []
        for _ in 0..<draws {
            var counts = [Int32](repeating: 0, count: households)
            for _ in 0..<households { counts[Int.random(in: 0..<households, using: &lot)] += 1 }
            guard let one = RankingMeasure.mean(first.compactMap { $0.measure(counting: counts) }),
                let other = RankingMeasure.mean(second.compactMap { $0.measure(counting: counts) })
            else { continue }
            measured.append((one, other))
        }
        guard measured.count > 1 else { return nil }
        return Outcome(
            auc: spread(measured.map(\.first.auc)), lift: spread(measured.map(\.first.lift)),
            aucDifference: spread(measured.map { $0.first.auc - $0.second.auc }),
            liftDifference: spread(measured.map { $0.first.lift - $0.second.lift }))
    }

    private func spread(_ values: [Double]) -> Spread {
        let sorted = values.sorted()
        let mean = values.reduce(0, +) / Double(values.count)
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let place = { (part: Double) in sorted[Int((part * Double(sorted.count - 1)).rounded())] }
        return Spread(
            low: place(0.05), high: place(0.95), standardError: (squares / Double(values.count - 1)).squareRoot())
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014).
struct SeededLot: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

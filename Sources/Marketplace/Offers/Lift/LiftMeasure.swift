/// What some shoppers bought, each an outcome: their number, their sum and the sum of their squares. Who bought nothing is one of
/// them with 0.
package struct OutcomeSums: Sendable, Hashable {
    package var shoppers: Int64 = 0
    /// Those whose outcome is not 0.
    package private(set) var buyers: Int64 = 0
    package private(set) var sum: Double = 0
    package private(set) var squares: Double = 0

    package init(shoppers: Int64 = 0) { self.shoppers = shoppers }

    package mutating func add(_ outcome: Int64) {
        if outcome != 0 { buyers += 1 }
        sum += Double(outcome)
        squares += Double(outcome) * Double(outcome)
    }

    var mean: Double { shoppers > 0 ? sum / Double(shoppers) : 0 }

    var variance: Double {
        guard shoppers > 1 else { return 0 }
        return max(0, squares - sum * sum / Double(shoppers)) / Double(shoppers - 1)
    }

    static func + (one: OutcomeSums, other: OutcomeSums) -> OutcomeSums {
        var all = OutcomeSums(shoppers: one.shoppers + other.shoppers)
        (all.buyers, all.sum, all.squares) = (one.buyers + other.buyers, one.sum + other.sum, one.squares + other.squares)
        return all
    }
}

/// What shoppers to whom a campaign was assigned bought, beside those who were held out by chance: intention to treat (DOMAIN 15).
/// For a thousand shoppers, since few buy a unit each. No money is computed from it.
package struct LiftMeasure: Sendable, Hashable {
    /// With fewer held out nothing is said.
    package static let holdoutMin: Int64 = 200
    /// With fewer buyers on a side its own variance says too little: that of both together stands for it.
    package static let buyersMin: Int64 = 10

    package enum Verdict: String, Sendable, CaseIterable {
        case more, less
        /// Too few are held out, or chance may have made the difference.
        case inconclusive
    }

    package let shown: Int64
    package let holdout: Int64
    package let difference: Int64
    /// Between these is the difference in 95 of 100 draws of the holdout (normal).
    package let low: Int64
    package let high: Int64
    package let verdict: Verdict

    package init(_ shown: OutcomeSums, against held: OutcomeSums) {
        let z = 1.96
        let (difference, error) = (shown.mean - held.mean, Self.standardError(shown, held))
        let thousand = { (value: Double) in
            // Money may be as much as 64 bits hold.
            let rounded = (value * 1_000).rounded()
            return Int64(exactly: rounded) ?? (rounded < 0 ? .min : .max)
        }
        self.shown = thousand(shown.mean)
        holdout = thousand(held.mean)
        self.difference = thousand(difference)
        (low, high) = (thousand(difference - z * error), thousand(difference + z * error))
        let isEnough = held.shoppers >= Self.holdoutMin && shown.shoppers >= Self.holdoutMin
        verdict =
            isEnough && difference - z * error > 0 ? .more : isEnough && difference + z * error < 0 ? .less : .inconclusive
    }
}

extension LiftMeasure {
    /// Of the difference: Welch's, or with few buyers on a side the pooled one.
    private static func standardError(_ shown: OutcomeSums, _ held: OutcomeSums) -> Double {
        guard shown.shoppers > 0, held.shoppers > 0 else { return 0 }
        let (ours, theirs) = (Double(shown.shoppers), Double(held.shoppers))
        if min(shown.buyers, held.buyers) < buyersMin {
            return ((shown + held).variance * (1 / ours + 1 / theirs)).squareRoot()
        }
        return (shown.variance / ours + held.variance / theirs).squareRoot()
    }
}

/// Net units and net spend, in minor units.
package struct LiftOutcome: Sendable, Hashable {
    package var units: Int64
    package var spendMinor: Int64

    package init(units: Int64, spendMinor: Int64) {
        self.units = units
        self.spendMinor = spendMinor
    }
}

/// What some shoppers bought, each an outcome: their number, their sum and the sum of their squares. Who bought nothing is one of
/// them with 0.
package struct OutcomeSums: Sendable, Hashable {
    package var shoppers: Int64 = 0
    package private(set) var sum: Double = 0
    package private(set) var squares: Double = 0

    package init(shoppers: Int64 = 0) { self.shoppers = shoppers }

    package mutating func add(_ outcome: Int64) {
        sum += Double(outcome)
        squares += Double(outcome) * Double(outcome)
    }

    var mean: Double { shoppers > 0 ? sum / Double(shoppers) : 0 }

    /// Of the mean.
    var squaredError: Double {
        guard shoppers > 1 else { return 0 }
        let number = Double(shoppers)
        return max(0, squares - sum * sum / number) / (number - 1) / number
    }
}

/// What shoppers to whom a campaign was assigned bought, beside those who were held out by chance: intention to treat (DOMAIN 15).
/// For a thousand shoppers, since few buy a unit each. No money is computed from it.
package struct LiftMeasure: Sendable, Hashable {
    /// With fewer held out nothing is said.
    package static let holdoutMin: Int64 = 200

    package enum Verdict: String, Sendable, CaseIterable {
        case more, less
        /// Too few are held out, or chance may have made the difference.
        case inconclusive
    }

    package let shown: Int64
    package let holdout: Int64
    package let difference: Int64
    /// Between these is the difference in 95 of 100 draws of the holdout (Welch's standard error; normal).
    package let low: Int64
    package let high: Int64
    package let verdict: Verdict

    package init(_ shown: OutcomeSums, against held: OutcomeSums) {
        let z = 1.96
        let (difference, error) = (shown.mean - held.mean, (shown.squaredError + held.squaredError).squareRoot())
        let thousand = { (value: Double) in Int64((value * 1_000).rounded()) }
        self.shown = thousand(shown.mean)
        holdout = thousand(held.mean)
        self.difference = thousand(difference)
        (low, high) = (thousand(difference - z * error), thousand(difference + z * error))
        let isEnough = held.shoppers >= Self.holdoutMin && shown.shoppers >= Self.holdoutMin
        verdict =
            isEnough && difference - z * error > 0 ? .more : isEnough && difference + z * error < 0 ? .less : .inconclusive
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

import Glibc

/// A count that is not known yet: a negative binomial, which is a Poisson count whose rate is itself uncertain (gamma).
/// Counts only: no money is computed from its fractions.
package struct CountDistribution: Sendable, Hashable {
    package let mean: Double
    /// The gamma's shape: the smaller, the less is known. Above 0.
    package let shape: Double

    package init(mean: Double, shape: Double) {
        precondition(mean >= 0 && shape > 0, "a count has a mean and a shape")
        self.mean = mean
        self.shape = shape
    }

    /// The least count that is not exceeded with probability `p`, within 0 and 1. Summed exactly where the mean is small, by
    /// the cube-root normal approximation of the gamma of equal mean and variance (Wilson and Hilferty 1931) where not.
    package func quantile(_ p: Double) -> Int64 {
        guard mean > 0 else { return 0 }
        return mean <= 200 ? summed(p) : approximated(p)
    }

    private func summed(_ p: Double) -> Int64 {
        let failure = mean / (shape + mean)
        var probability = exp(shape * log1p(-failure))
        var (cumulated, count) = (probability, Int64(0))
        // The tail beyond is far below any asked probability.
        while cumulated < p, count < 1_000_000 {
            probability *= (Double(count) + shape) / Double(count + 1) * failure
            cumulated += probability
            count += 1
        }
        return count
    }

    private func approximated(_ p: Double) -> Int64 {
        let equalShape = mean * mean / (mean + mean * mean / shape)
        let z = Self.normalQuantile(p)
        let root = 1 - 1 / (9 * equalShape) + z / (3 * equalShape.squareRoot())
        return Int64(max(0, mean * root * root * root).rounded())
    }

    /// The quantile of the standard normal distribution, with an error below 4.5e-4
    /// (Abramowitz and Stegun, formula 26.2.23).
    static func normalQuantile(_ p: Double) -> Double {
        let tail = min(p, 1 - p)
        let t = (-2 * log(tail)).squareRoot()
        let numerator = 2.515517 + 0.802853 * t + 0.010328 * t * t
        let denominator = 1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t * t * t
        let value = t - numerator / denominator
        return p < 0.5 ? -value : value
    }
}

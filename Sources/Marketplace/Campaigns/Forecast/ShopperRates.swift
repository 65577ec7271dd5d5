import Glibc

/// How purchases spread over shoppers: a negative binomial over persons (Ehrenberg 1959), so that a few buy much and many
/// nothing. `heterogeneity` is its shape.
package struct ShopperRates: Sendable, Hashable {
    /// Where data is too thin to tell: usual for grocery brands.
    package static let usualHeterogeneity = 0.3

    package let heterogeneity: Double

    /// From what was seen: units for each shopper, and the share of shoppers who bought at all. Solved by halving; the
    /// penetration rises with the shape from 0 to 1 - exp(-units).
    package init(unitsPerShopper: Double, penetration: Double) {
        guard unitsPerShopper > 0, penetration > 0.000_1, penetration < 1 - exp(-unitsPerShopper) - 0.000_001 else {
            heterogeneity = Self.usualHeterogeneity
            return
        }
        var (low, high) = (0.001, 100.0)
        for _ in 0..<60 {
            let middle = (low * high).squareRoot()
            if Self.penetration(unitsPerShopper, middle) < penetration { low = middle } else { high = middle }
        }
        heterogeneity = (low * high).squareRoot()
    }

    /// The share of shoppers who buy at least one unit where each buys so many on average.
    package func penetration(unitsPerShopper: Double) -> Double {
        unitsPerShopper <= 0 ? 0 : Self.penetration(unitsPerShopper, heterogeneity)
    }

    /// The share of units that a limit for each shopper lets through: E[min(X, limit)] / E[X].
    package func share(within limit: Int64, unitsPerShopper mean: Double) -> Double {
        guard mean > 0 else { return 1 }
        guard limit > 0 else { return 0 }
        let failure = mean / (heterogeneity + mean)
        var probability = exp(heterogeneity * log1p(-failure))
        var (tail, kept) = (1 - probability, 0.0)
        for count in 1...min(limit, 10_000) {
            kept += tail
            probability *= (Double(count - 1) + heterogeneity) / Double(count) * failure
            tail = max(0, tail - probability)
        }
        return min(1, kept / mean)
    }

    private static func penetration(_ mean: Double, _ shape: Double) -> Double { 1 - exp(-shape * log1p(mean / shape)) }
}

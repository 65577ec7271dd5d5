import Glibc

/// A logistic regression whose weights are drawn towards those of a prior: the penalised likelihood's maximum by Newton's
/// method (iteratively reweighted least squares; Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 4.4.1
/// and 3.4.1). The same rows give the same weights. Statistics only: no money is computed from its fractions.
package struct LogisticFit: Sendable {
    /// One observation. `weight` counts it several times, as where it stands for others that were left out.
    package struct Row: Sendable {
        package let values: [Double]
        package let isPositive: Bool
        package let weight: Double

        package init(_ values: [Double], isPositive: Bool, weight: Double = 1) {
            self.values = values
            self.isPositive = isPositive
            self.weight = weight
        }
    }

    package struct Weights: Sendable, Equatable {
        package var intercept: Double
        package var weights: [Double]

        package init(intercept: Double, weights: [Double]) {
            self.intercept = intercept
            self.weights = weights
        }

        package func logit(_ values: [Double]) -> Double {
            var sum = intercept
            for index in weights.indices { sum += weights[index] * values[index] }
            return sum
        }
    }

    static let stepsMax = 60
    /// A step moves no weight further.
    static let stepMax = 2.0

    /// What the weights are drawn to.
    package let prior: [Double]
    /// How far from the prior a weight is expected, as the logits that one standard deviation of its feature moves the score:
    /// small trusts the prior, 10 is as good as none.
    package let trust: Double
    /// Weights that may not fall below 0.
    package let isNonNegative: [Bool]

    package init(prior: [Double], trust: Double, isNonNegative: [Bool]? = nil) {
        precondition(trust > 0, "the prior's deviation is positive")
        self.prior = prior
        self.trust = trust
        self.isNonNegative = isNonNegative ?? prior.map { _ in false }
    }

    /// Nil where the rows have no positive or no negative: there is nothing to learn. A feature that is the same in all rows
    /// keeps its prior weight; one that would fall below 0 though it may not is put to 0 and the rest fitted again.
    package func fit(_ rows: [Row]) -> Weights? {
        let positives = rows.reduce(0.0) { $0 + ($1.isPositive ? $1.weight : 0) }
        let total = rows.reduce(0.0) { $0 + $1.weight }
        guard positives > 0, positives < total else { return nil }
        let spreads = spreads(of: rows, total)
        var fixed = spreads.map { $0 == 0 }
        var found = Weights(intercept: log(positives / (total - positives)), weights: prior)
        while true {
            found = newton(rows, penalties: spreads.map { $0 * $0 / (trust * trust) }, fixed, from: found)
            let below = prior.indices.filter { isNonNegative[$0] && !fixed[$0] && found.weights[$0] < 0 }
            guard !below.isEmpty else { return found }
            for index in below {
                found.weights[index] = 0
                fixed[index] = true
            }
        }
    }

    /// The standard deviation of each feature.
    private func spreads(of rows: [Row], _ total: Double) -> [Double] {
        prior.indices.map { index in
            let mean = rows.reduce(0.0) { $0 + $1.weight * $1.values[index] } / total
            let squares = rows.reduce(0.0) { $0 + $1.weight * ($1.values[index] - mean) * ($1.values[index] - mean) }
            let spread = (squares / total).squareRoot()
            return spread > 1e-9 ? spread : 0
        }
    }

    private func newton(_ rows: [Row], penalties: [Double], _ fixed: [Bool], from start: Weights) -> Weights {
        var found = start
        let free = prior.indices.filter { !fixed[$0] }
        for _ in 0..<Self.stepsMax {
            var system = normalEquations(rows, found, free)
            for (place, index) in free.enumerated() {
                system.gradient[place + 1] -= penalties[index] * (found.weights[index] - prior[index])
                system.add(penalties[index], at: place + 1, place + 1)
            }
            let step = system.solution
            let largest = step.reduce(0) { max($0, abs($1)) }
            let part = largest > Self.stepMax ? Self.stepMax / largest : 1
            found.intercept += part * step[0]
            for (place, index) in free.enumerated() { found.weights[index] += part * step[place + 1] }
            if largest < 1e-9 { break }
        }
        return found
    }

    private func normalEquations(_ rows: [Row], _ at: Weights, _ free: [Int]) -> NormalEquations {
        var system = NormalEquations(size: free.count + 1)
        var values = [Double](repeating: 1, count: free.count + 1)
        for row in rows {
            for (place, index) in free.enumerated() { values[place + 1] = row.values[index] }
            let probability = 1 / (1 + exp(-at.logit(row.values)))
            system.add(
                values, residual: row.weight * ((row.isPositive ? 1 : 0) - probability),
                curvature: row.weight * probability * (1 - probability))
        }
        return system
    }
}

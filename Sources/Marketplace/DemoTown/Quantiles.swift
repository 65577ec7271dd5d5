import Glibc

/// A distribution given by some of its quantiles; between them its logarithm is linear. Values are positive.
struct Quantiles {
    private static let steps = 1024

    /// The values at 0/1024, 1/1024 ... 1024/1024.
    private let values: [Double]

    /// - Parameter anchors: (share of the population, value), both ascending, from share 0 to share 1.
    init(_ anchors: [(share: Double, value: Double)]) {
        precondition(anchors.count >= 2 && anchors[0].share == 0 && anchors[anchors.count - 1].share == 1)
        values = (0...Self.steps).map { step in
            let share = Double(step) / Double(Self.steps)
            let upper = anchors.dropFirst().firstIndex { share <= $0.share } ?? anchors.count - 1
            let (low, high) = (anchors[upper - 1], anchors[upper])
            let part = (share - low.share) / (high.share - low.share)
            return exp(log(low.value) + part * (log(high.value) - log(low.value)))
        }
    }

    /// The value below which the share `bits` / 2^64 of the population lies.
    func value(at bits: UInt64) -> Double {
        let step = Int(truncatingIfNeeded: bits >> 54)
        let part = Draws.unit(bits << 10)
        return values[step] + part * (values[step + 1] - values[step])
    }

    /// The mean of `measure` over the distribution.
    func mean(of measure: (Double) -> Double) -> Double {
        let middles = zip(values, values.dropFirst()).map { measure(($0 + $1) / 2) }
        return middles.reduce(0, +) / Double(middles.count)
    }
}

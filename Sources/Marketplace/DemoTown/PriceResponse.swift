/// How many more units are bought at a discount than in a normal week, by depth below the regular price: the curve of
/// Dominick's orange juice, 1.5 times under 5 %, 1.9 at 5-10 %, 3.1 at 10-20 %, 4.7 at 20-30 %, 6.1 at 30-40 % and 10 at
/// 40-60 %, joined by lines so that each band keeps its mean.
struct PriceResponse {
    private static let curve: [(depth: Double, units: Double)] = [
        (0, 1.35), (0.04, 1.55), (0.075, 1.9), (0.15, 3.1), (0.25, 4.7), (0.35, 6.0), (0.385, 6.6), (0.42, 9.2),
        (0.48, 10.3), (0.6, 11), (1, 11),
    ]

    /// Of the additional units, so much comes from larger quantities on a line, the rest from more lines.
    static let stockingUp = 1.25

    /// The largest number of lines for one of a normal week.
    static let linesMax = 11 / stockingUp

    /// By tenths of a percent of depth.
    private let linesByDepth: [Double]

    init() {
        linesByDepth = (0...1000).map { depth in
            depth == 0 ? 1 : Self.units(at: Double(depth) / 1000) / Self.stockingUp
        }
    }

    /// Lines with the product at this depth, for each one of a week without a discount. 1 at depth 0.
    func lines(atDepthBp depthBp: Int) -> Double { linesByDepth[(depthBp + 5) / 10] }

    /// Units at this depth above 0, for each one of a week without a discount.
    static func units(at depth: Double) -> Double {
        let upper = curve.dropFirst().firstIndex { depth <= $0.depth } ?? curve.count - 1
        let (low, high) = (curve[upper - 1], curve[upper])
        return low.units + (depth - low.depth) / (high.depth - low.depth) * (high.units - low.units)
    }
}

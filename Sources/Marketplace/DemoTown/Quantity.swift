/// How much of a product goes on a line, in thousandths of a piece or a kilogram.
struct Quantity {
    /// Of 256 lines, so many have one, two, three, four pieces.
    private static let pieces = [220, 28, 5, 3]
    /// The same at a discount, with `PriceResponse.stockingUp` times the mean.
    private static let piecesAtDiscount = [167, 63, 17, 9]
    /// The weight of a line, relative to the typical one.
    private static let weight: [(share: Double, value: Double)] = [
        (0, 0.3), (0.05, 0.45), (0.25, 0.72), (0.5, 0.95), (0.75, 1.22), (0.95, 1.8), (1, 2.7),
    ]

    /// Some products are taken twice in a basket, which makes one line of two.
    static let shareOfLinesAfterMerge = 0.95

    private let piecesMilli = Self.lookup(Self.pieces)
    private let piecesAtDiscountMilli = Self.lookup(Self.piecesAtDiscount)
    private let weights = Quantiles(Self.weight)

    /// The quantity that 64 random bits choose, in thousandths, at least 20.
    func milli(of product: TownProduct, isDiscounted: Bool, at bits: UInt64) -> Int64 {
        switch product.unit {
        case .piece: return (isDiscounted ? piecesAtDiscountMilli : piecesMilli)[Int(truncatingIfNeeded: bits >> 56)]
        case .kilogram:
            let grams = product.typicalGrams * weights.value(at: bits) * (isDiscounted ? PriceResponse.stockingUp : 1)
            return max(20, Int64(grams))
        }
    }

    /// The mean pieces or kilograms of a line without a discount.
    static func meanUnits(of measure: CategoryPattern.Measure) -> Double {
        switch measure {
        case .piece: Double(zip(pieces, 1...4).reduce(0) { $0 + $1.0 * $1.1 }) / 256
        case .kilogram(let grams): grams / 1000
        }
    }

    private static func lookup(_ counts: [Int]) -> [Int64] {
        zip(counts, 1...).flatMap { count, pieces in Array(repeating: Int64(pieces) * 1000, count: count) }
    }
}

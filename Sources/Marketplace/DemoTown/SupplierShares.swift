import Glibc

/// How the part of sales that is not private label falls on suppliers. With the private label counted as one
/// manufacturer, as the panel counts it, the ten largest take 37 % of sales and the fifty largest 56 %.
enum SupplierShares {
    private static let largest: [Double] = [4.2, 2.1, 1.7, 1.5, 1.45, 1.4, 1.3, 1.2, 1.15]
    private static let middle = falling(from: 0.9, to: 0.22, count: 40, sum: 19)
    private static let tail = falling(from: 0.21, to: 0.05, count: 400, sum: 44)

    /// Shares of all sales, in percent, largest first.
    static let percent: [Double] = largest + middle + tail

    /// A geometric row, scaled to its sum.
    private static func falling(from first: Double, to last: Double, count: Int, sum: Double) -> [Double] {
        let row = (0..<count).map { first * pow(last / first, Double($0) / Double(count - 1)) }
        let scale = sum / row.reduce(0, +)
        return row.map { $0 * scale }
    }
}

import Kernel
import Profiles

/// The published grid that the numeric bounds of a supplier's predicate snap to (docs/audiences.md): with bounds of its
/// own choice it could close in on one shopper. Ranges never become empty: an upper bound that meets its lower one moves
/// to the next step.
enum BoundGrid {
    /// Steps within each power of ten, in tenths.
    private static let mantissas: [Int64] = [10, 15, 20, 30, 40, 50, 60, 80]

    static let days: [Int64] = [0, 1, 2, 3, 5, 7, 14, 21, 30, 45, 60, 90, 120, 180, 270, 365, 545, 730, 1095, 10_000]
    static let receipts: [Int64] = [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30, 40, 50, 75, 100, 150, 200, 300, 500, 1000]
    static let frequencies: [Int64] = [0] + receipts + [10_000]
    static let tops: [Int64] = [1, 3, 5, 10]

    /// 0, then 1, 1.5, 2, 3, 4, 5, 6, 8 times each power of ten from 100 minor units on.
    static let amounts: [Int64] = {
        var (steps, power) = ([Int64(0)], Int64(10))
        while power <= Money.bound / 100 {
            steps += mantissas.map { $0 * power }
            power *= 10
        }
        return steps + [Money.bound]
    }()

    /// The nearest step, the upper one of two that are equally near.
    static func snap(_ value: Int64, to grid: [Int64]) -> Int64 {
        grid.reversed().min { abs($0 - value) < abs($1 - value) } ?? value
    }

    /// The first step above.
    static func next(above value: Int64, in grid: [Int64]) -> Int64 { grid.first { $0 > value } ?? value }

    static func snapped(_ predicate: Predicate) -> Predicate { predicate.mapLeaves(snapped) }

    private static func snapped(_ criterion: Criterion) -> Criterion {
        switch criterion {
        case .stores(let ids, let receipts): .stores(any: ids, minReceipts: snap32(receipts, Self.receipts))
        case .averageCheck(let range): .averageCheck(snapped(range))
        case .spend(let range): .spend(snapped(range))
        case .purchaseFrequency(let range): .purchaseFrequency(snapped(range, to: frequencies))
        case .recencyDays(let range): .recencyDays(snapped(range, to: days))
        case .favouriteBrands(let ids, let top): .favouriteBrands(any: ids, top: snap32(top, tops))
        case .bought(let merchandise, let withinDays, let receipts):
            .bought(merchandise, withinDays: withinDays, minReceipts: snap32(receipts, Self.receipts))
        case .traits, .rfmSegments, .rfmScores, .tags: criterion
        }
    }

    private static func snapped(_ range: AmountRange) -> AmountRange {
        let gte = range.gte.map { snap($0, to: amounts) }
        let lt = range.lt.map { max(snap($0, to: amounts), next(above: gte ?? 0, in: amounts)) }
        return AmountRange(gte: lt == gte ? amounts[amounts.count - 2] : gte, lt: lt)
    }

    private static func snapped(_ range: CountRange, to grid: [Int64]) -> CountRange {
        let gte = range.gte.map { snap32($0, grid) }
        return CountRange(gte: gte, lte: range.lte.map { max(snap32($0, grid), gte ?? 0) })
    }

    private static func snap32(_ value: Int32, _ grid: [Int64]) -> Int32 { Int32(snap(Int64(value), to: grid)) }
}

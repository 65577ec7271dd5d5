import Kernel
import TestSupport
import Testing

@testable import Audiences

@Suite struct CountNoiseTests {
    private let noise = CountNoise(key: [UInt8](repeating: 7, count: 32))
    private let retailer = RetailerID(Identifier(high: 1, low: 2))

    @Test func `the same set draws the same noise, another set, retailer or key another`() {
        let draw = noise.draw(for: [1, 2, 3], of: retailer)

        #expect(draw == noise.draw(for: [1, 2, 3], of: retailer))
        #expect(draw != noise.draw(for: [1, 2], of: retailer))
        #expect(draw != noise.draw(for: [1, 2, 3], of: RetailerID(Identifier(high: 1, low: 3))))
        #expect(draw != CountNoise(key: [UInt8](repeating: 8, count: 32)).draw(for: [1, 2, 3], of: retailer))
    }

    @Test func `draws are of the standard normal distribution`() {
        let draws = (0..<4000).map { noise.draw(for: [Int64($0)], of: retailer) }
        let mean = draws.reduce(0, +) / 4000
        let variance = draws.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 4000
        let withinOne = draws.filter { abs($0) < 1 }.count

        // Four standard errors: 1/sqrt(4000) = 0.016, sqrt(2/4000) = 0.022, and 0.6827 of 4000 with 29.
        #expect(abs(mean) < 0.064)
        #expect(abs(variance - 1) < 0.09)
        #expect(abs(withinOne - 2731) < 118)
    }

    @Test func `a count is shown in steps, and never below the floor`() {
        #expect(SupplierCount.of(estimate: 1000, draw: 0.5, floor: 50) == .about(1030))
        #expect(SupplierCount.of(estimate: 1000, draw: 0, floor: 200) == .about(1000))
        #expect(SupplierCount.of(estimate: 1013, draw: 0, floor: 200) == .about(1000))
        #expect(SupplierCount.of(estimate: 49, draw: 3, floor: 50) == .belowFloor)
        #expect(SupplierCount.of(estimate: 60, draw: -0.5, floor: 50) == .belowFloor)
        #expect(SupplierCount.of(estimate: 50, draw: 0, floor: 50) == .about(50))
    }

    @Test func `the grid never empties a range`() {
        for gte in stride(from: Int64(0), through: 3000, by: 7) {
            for width in [Int64(1), 10, 300] {
                let leaf = Predicate.leaf(.spend(AmountRange(gte: gte, lt: gte + width)))
                guard case .leaf(.spend(let range)) = BoundGrid.snapped(leaf) else { preconditionFailure("a leaf") }
                #expect(range.gte! < range.lt!)
                #expect(BoundGrid.amounts.contains(range.gte!) && BoundGrid.amounts.contains(range.lt!))
                #expect(BoundGrid.snapped(BoundGrid.snapped(leaf)) == BoundGrid.snapped(leaf))
            }
        }
        let last = AmountRange(gte: Money.bound - 1, lt: Money.bound)
        #expect(
            BoundGrid.snapped(.leaf(.spend(last)))
                == .leaf(.spend(AmountRange(gte: BoundGrid.amounts[BoundGrid.amounts.count - 2], lt: Money.bound))))
    }

    @Test func `what a not takes away is guarded, however it is written`() {
        let (a, b): (Predicate, Predicate) = (
            .leaf(.spend(AmountRange(gte: 1, lt: nil))), .leaf(.purchaseFrequency(CountRange(gte: 1, lte: nil)))
        )
        let taken = Predicate.all([b, .all([a])])

        #expect(Predicate.all([a, .not(b)]).guardedSets.contains(taken))
        #expect(Predicate.not(.any([.not(a), b])).guardedSets.contains(taken))
        #expect(Set(Predicate.all([a, .not(b)]).guardedSets) == [.all([a, .not(b)]), a, .not(b), b, taken])
    }
}

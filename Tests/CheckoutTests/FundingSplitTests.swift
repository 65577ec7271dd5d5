import Campaigns
import Checkout
import Kernel
import TestSupport
import Testing

@Suite struct FundingSplitTests {
    private let a = Identifier(high: 0, low: 1)
    private let b = Identifier(high: 0, low: 2)
    private let c = Identifier(high: 0, low: 3)

    private func share(_ kind: FundingShare.Kind, _ id: Identifier, isSuppliers: Bool = true) -> FundingShare {
        FundingShare(kind: kind, account: id, wallet: id, isSuppliers: isSuppliers, capMinor: nil)
    }

    private func amounts(_ split: FundingSplit) -> [Int64] { split.parts.map(\.discountMinor) }

    @Test func `shares are floored and the last minor unit goes to the largest`() {
        let shares = [
            share(.percent(.init(stored: 3_333)), a), share(.percent(.init(stored: 3_334)), b),
            share(.percent(.init(stored: 3_333)), c),
        ]
        #expect(amounts(FundingSplit(of: 100, units: 1, among: shares, fee: .init(stored: 0))) == [33, 34, 33])
        #expect(amounts(FundingSplit(of: 1, units: 1, among: shares, fee: .init(stored: 0))) == [1])
    }

    @Test func `the remainder takes what an amount a unit leaves`() {
        let shares = [share(.amountPerUnit(minor: 30), a), share(.remainder, b)]
        #expect(amounts(FundingSplit(of: 100, units: 2, among: shares, fee: .init(stored: 0))) == [60, 40])
        #expect(amounts(FundingSplit(of: 50, units: 2, among: shares, fee: .init(stored: 0))) == [50])
    }

    @Test func `the fee is half up on each supplier's share, and a retailer pays itself none`() {
        let shares = [share(.percent(.init(stored: 5_000)), a), share(.remainder, b, isSuppliers: false)]
        let split = FundingSplit(of: 101, units: 1, among: shares, fee: .init(stored: 500))
        #expect(split.parts.map(\.discountMinor) == [50, 51])
        #expect(split.parts.map(\.feeMinor) == [3, 0])
    }

    @Test func `whatever the shares, the parts are the whole`() {
        var generator = SeededGenerator(seed: 9)
        for round in 0..<5_000 {
            let shares = (0..<Int.random(in: 1...4, using: &generator)).map { index in
                let id = Identifier(high: 0, low: UInt64(index))
                return switch Int.random(in: 0..<3, using: &generator) {
                case 0: share(.percent(.init(stored: Int32.random(in: 0...10_000, using: &generator))), id)
                case 1: share(.amountPerUnit(minor: Int64.random(in: 0...500, using: &generator)), id)
                default: share(.remainder, id)
                }
            }
            let discount = Int64.random(in: 0...10_000, using: &generator)
            let split = FundingSplit(
                of: discount, units: Int64.random(in: 1...9, using: &generator), among: shares, fee: .init(stored: 250))
            #expect(amounts(split).reduce(0, +) == discount, "seed 9, round \(round)")
            #expect(split.parts.allSatisfy { $0.discountMinor > 0 && $0.feeMinor >= 0 }, "seed 9, round \(round)")
        }
    }
}

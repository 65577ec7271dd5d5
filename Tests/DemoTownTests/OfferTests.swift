import DemoTown
import Kernel
import Testing

@Suite struct OfferTests {
    private static let town = Town(
        TownPlan(shoppers: 1500, weeks: 1, seed: 3, lastDay: BusinessDay("2026-03-01")!)!)
    private static let shelf = town.shelf(inWeekOf: town.plan.lastDay)
    /// Every fourth product that has no card price this week.
    private static let chosen = Set(
        town.products.indices.filter { $0 % 4 == 0 && shelf.cardPriceMinor(of: $0) == town.products[$0].regularPriceMinor })

    private func receipts(at shelf: Shelf) -> [TownReceipt] {
        Self.town.plan.days.flatMap { Array(Self.town.receipts(on: $0, among: 0..<1500) { _ in shelf }) }
    }

    private func offered(_ depthBp: Int32) -> Shelf {
        Self.shelf.offering(Dictionary(uniqueKeysWithValues: Self.chosen.map { ($0, BasisPoints(depthBp)!) }))
    }

    @Test(arguments: [(Int32(300), 1.5), (750, 1.9), (1500, 3.1), (2500, 4.7), (3500, 6.1), (5000, 10)])
    func `redemptions follow the published response to the offer's depth`(depthBp: Int32, published: Double) {
        let units = { (receipts: [TownReceipt]) in
            receipts.flatMap(\.lines).filter { Self.chosen.contains(Int($0.product)) }.reduce(0.0) {
                $0 + Double($1.quantityMilli) / ($1.unit == .piece ? 1000 : 500)
            }
        }
        let response = units(receipts(at: offered(depthBp))) / units(receipts(at: Self.shelf))
        #expect(abs(response / published - 1) <= 0.15, "published \(published), town \(response)")
    }

    @Test func `an offer adds to the basket and changes no other line`() {
        let strange = { (receipt: TownReceipt) in
            receipt.lines.filter { !Self.chosen.contains(Int($0.product)) }.map { [Int64($0.product), $0.quantityMilli] }
        }
        let pairs = zip(receipts(at: Self.shelf), receipts(at: offered(2000)))
        var added = 0
        for (without, with) in pairs where without.lines.count > 1 {
            #expect(strange(with) == strange(without))
            added += with.lines.count - without.lines.count
        }
        #expect(added > 300)
    }

    @Test func `the base of an offered line is the price without the offer`() {
        for line in receipts(at: offered(2000)).flatMap(\.lines) where Self.chosen.contains(Int(line.product)) {
            #expect(line.baseAmountMinor == line.regularAmountMinor)
        }
    }

    @Test func `an offer comes on top of the card price`() {
        let product = Self.town.products.first { Self.shelf.cardPriceMinor(of: $0.index) < $0.regularPriceMinor }!
        let offered = Self.shelf.offering([product.index: BasisPoints(1000)!])
        #expect(offered.cardPriceMinor(of: product.index) == Self.shelf.cardPriceMinor(of: product.index))
        #expect(offered.monday == Self.shelf.monday)
    }
}

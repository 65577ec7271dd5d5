import DemoTown
import Kernel
import Testing

@Suite struct ReproducibleTests {
    private let day = BusinessDay("2026-02-27")!

    private func town(shoppers: Int = 300, seed: UInt64 = 11, weeks: Int = 2) -> Town {
        Town(TownPlan(shoppers: shoppers, weeks: weeks, seed: seed, lastDay: BusinessDay("2026-03-01")!)!)
    }

    @Test func `the same plan gives the same receipts, and as ever`() {
        let first = Array(town().receipts(on: day))
        #expect(first == Array(town().receipts(on: day)))
        // A change of this number changes every town that somebody has written down: say so in the changelog.
        #expect(fingerprint(first) == 7_095_251_673_828_879_685)
    }

    @Test func `another seed gives other receipts`() {
        #expect(Array(town().receipts(on: day)) != Array(town(seed: 12).receipts(on: day)))
    }

    @Test func `the length of the history changes no receipt`() {
        #expect(Array(town().receipts(on: day)) == Array(town(weeks: 50).receipts(on: day)))
    }

    @Test func `parts made in any order and in parallel are the whole day`() async {
        let town = town()
        let shelf = town.shelf(inWeekOf: day)
        let cuts = stride(from: 0, through: town.populationCount, by: 45).map { $0..<min($0 + 45, town.populationCount) }
        let parts = await withTaskGroup { group in
            for cut in cuts.reversed() {
                group.addTask { [day] in (cut.lowerBound, Array(town.receipts(on: day, among: cut) { _ in shelf })) }
            }
            return await group.reduce(into: [Int: [TownReceipt]]()) { $0[$1.0] = $1.1 }
        }
        #expect(cuts.flatMap { parts[$0.lowerBound] ?? [] } == Array(town.receipts(on: day)))
    }

    @Test func `a single receipt can be made without the others`() {
        let town = town()
        let whole = Array(town.receipts(on: day))
        let shopper = (0..<town.plan.shoppers).last { town.visits(ofShopper: $0, on: day) == 1 }!
        let alone = town.receipt(
            of: town.shopper(shopper), on: day, visit: 0, shelf: town.shelf(inWeekOf: day))
        #expect(whole.filter { $0.shopperID == alone.shopperID } == [alone])
    }

    @Test func `a town of ten million shoppers answers for one of them at once`() {
        let town = town(shoppers: 10_000_000)
        #expect(town.shopper(9_999_999).id == ExternalID(stored: "card-10000000"))
        #expect(town.stores.count == 6666)
        let shelf = town.shelf(inWeekOf: day)
        let receipts = Array(town.receipts(on: day, among: 9_999_000..<10_000_000) { _ in shelf })
        #expect((80...240).contains(receipts.count))
    }

    @Test(arguments: [(0, 1), (1, 0), (TownPlan.shoppersMax + 1, 1), (1, TownPlan.weeksMax + 1)])
    func `refuses a plan beyond its limits`(shoppers: Int, weeks: Int) {
        #expect(TownPlan(shoppers: shoppers, weeks: weeks, seed: 1, lastDay: day) == nil)
    }

    @Test func `the days of a plan end with its last`() {
        let days = TownPlan(shoppers: 1, weeks: 1, seed: 1, lastDay: day)!.days
        #expect(days.map(\.description) == (21...27).map { "2026-02-\($0)" })
    }

    /// FNV-1a over all that the receipts say.
    private func fingerprint(_ receipts: [TownReceipt]) -> UInt64 {
        receipts.flatMap(words).joined(separator: " ").utf8.reduce(0xCBF2_9CE4_8422_2325) { hash, byte in
            (hash ^ UInt64(byte)) &* 0x100_0000_01B3
        }
    }

    private func words(_ receipt: TownReceipt) -> [String] {
        let lines = receipt.lines.map { line in
            "\(line.lineNo) \(line.productID) \(line.quantityMilli) \(line.unit.rawValue) \(line.regularAmountMinor) "
                + "\(line.baseAmountMinor) \(line.vatRateBp)"
        }
        let header = "\(receipt.storeID) \(receipt.till) \(receipt.businessDay) \(receipt.number) \(receipt.soldAt)"
        return [header, receipt.shopperID?.text ?? "-"] + lines
    }
}

import DemoTown
import Kernel
import Testing

@Suite struct ReceiptTests {
    private static let town = Town(
        TownPlan(shoppers: 600, weeks: 4, seed: 5, lastDay: BusinessDay("2026-03-01")!)!)
    private static let receipts = town.plan.days.flatMap { Array(town.receipts(on: $0)) }

    @Test func `a number occurs once for a store, till and day`() {
        let keys = Self.receipts.map { "\($0.storeID) \($0.till) \($0.businessDay) \($0.number)" }
        #expect(Set(keys).count == keys.count)
        #expect(keys.count > 2000)
    }

    @Test func `lines are numbered from one and name each product once`() {
        for receipt in Self.receipts {
            #expect(receipt.lines.map(\.lineNo) == Array(1...Int32(receipt.lines.count)))
            #expect(Set(receipt.lines.map(\.productID)).count == receipt.lines.count)
        }
    }

    @Test func `amounts are price times quantity, rounded half up, at the shelf and the card price`() {
        let shelves = Dictionary(
            Self.town.plan.days.map { ($0.startOfWeek, Self.town.shelf(inWeekOf: $0)) }, uniquingKeysWith: { first, _ in first })
        for receipt in Self.receipts {
            for line in receipt.lines {
                let product = Self.town.products[Int(line.product)]
                let card = shelves[receipt.businessDay.startOfWeek]!.cardPriceMinor(of: Int(line.product))
                let paid = receipt.shopperID == nil ? product.regularPriceMinor : card
                #expect(line.productID == product.id && line.unit == product.unit && line.vatRateBp == product.vatRateBp)
                #expect(line.regularAmountMinor == (2 * product.regularPriceMinor * line.quantityMilli + 1000) / 2000)
                #expect(line.baseAmountMinor == (2 * paid * line.quantityMilli + 1000) / 2000)
                #expect(line.baseAmountMinor > 0 && line.quantityMilli > 0)
                #expect(line.unit == .kilogram || line.quantityMilli % 1000 == 0)
            }
        }
    }

    @Test func `a sale falls into its business day and the opening hours of its store`() {
        for receipt in Self.receipts {
            let local = receipt.soldAt.adding(seconds: 3 * 3600)
            let hour = local.microseconds / 3_600_000_000 % 24
            #expect(local.utcDay == receipt.businessDay)
            #expect((7...22).contains(hour))
        }
    }

    @Test func `the week has its rhythm`() {
        var visits = [Double](repeating: 0, count: 7)
        for index in 0..<Self.town.populationCount {
            for day in 0..<Int32(70) {
                let date = Self.town.plan.lastDay.startOfWeek.adding(days: -day)
                visits[Int(date.daysSince1970 - date.startOfWeek.daysSince1970)] += Double(
                    Self.town.visits(ofShopper: index, on: date))
            }
        }
        let mean = visits.reduce(0, +) / 7
        for (day, published) in [1.003, 0.913, 0.885, 0.901, 0.940, 1.142, 1.215].enumerated() {
            #expect(abs(visits[day] / mean / published - 1) <= 0.15, "day \(day): \(visits[day] / mean)")
        }
    }

    @Test func `more is sold towards the evening than in the morning`() {
        let hours = Self.receipts.map { Int($0.soldAt.adding(seconds: 3 * 3600).microseconds / 3_600_000_000 % 24) }
        let evening = hours.count { (16...18).contains($0) }
        let morning = hours.count { (8...10).contains($0) }
        // The panel: 299 against 82.
        #expect((2.9...4.5).contains(Double(evening) / Double(morning)))
    }
}

import DemoTown
import Kernel

/// A town of 400 shoppers over two years, as long as the panel, played once for all figures.
struct MeasuredTown {
    static let shared = MeasuredTown(shoppers: 400, weeks: 104, seed: 20_260_301)

    let town: Town
    private let weeks: Int
    private var receipts = 0
    private var cardReceipts = 0
    private var lines = 0
    private var discountedLines = 0
    private var privateLabelLines = 0
    private var regularMinor: Int64 = 0
    private var baseMinor: Int64 = 0
    private var depths: [Double] = []
    private var households: [ExternalID: Household] = [:]
    private var salesOfOwner: [ProductOwner: Int64] = [:]
    private var response: MeasuredResponse

    private struct Household {
        var visits = 0
        var spendMinor: Int64 = 0
        var linesInStore: [ExternalID: Int] = [:]
        var storesInLastYear: Set<ExternalID> = []
    }

    private init(shoppers: Int, weeks: Int, seed: UInt64) {
        self.weeks = weeks
        let plan = TownPlan(shoppers: shoppers, weeks: weeks, seed: seed, lastDay: BusinessDay("2026-03-01")!)!
        town = Town(plan)
        response = MeasuredResponse(products: town.products.count)
        let lastYear = plan.lastDay.adding(days: -364)
        for monday in stride(from: 0, to: plan.days.count, by: 7) {
            let shelf = town.shelf(inWeekOf: plan.days[monday])
            for day in plan.days[monday..<monday + 7] {
                for receipt in town.receipts(on: day, among: 0..<town.populationCount, at: { _ in shelf }) {
                    add(receipt, isInLastYear: day > lastYear)
                }
            }
            response.endWeek(town.products, shelf)
        }
    }

    private mutating func add(_ receipt: TownReceipt, isInLastYear: Bool) {
        receipts += 1
        guard let shopper = receipt.shopperID else { return }
        cardReceipts += 1
        households[shopper, default: Household()].visits += 1
        households[shopper]?.spendMinor += receipt.totalMinor
        households[shopper]?.linesInStore[receipt.storeID, default: 0] += receipt.lines.count
        if isInLastYear { households[shopper]?.storesInLastYear.insert(receipt.storeID) }
        for line in receipt.lines { add(line) }
    }

    private mutating func add(_ line: TownLine) {
        let owner = town.products[Int(line.product)].owner
        lines += 1
        regularMinor += line.regularAmountMinor
        baseMinor += line.baseAmountMinor
        if owner == .privateLabel { privateLabelLines += 1 }
        salesOfOwner[owner, default: 0] += line.baseAmountMinor
        response.add(line)
        guard line.baseAmountMinor < line.regularAmountMinor else { return }
        discountedLines += 1
        depths.append(1 - Double(line.baseAmountMinor) / Double(line.regularAmountMinor))
    }
}

extension MeasuredTown {
    /// A figure in the town, by its name in the list of figures.
    func value(of figure: Figure.Measure) -> Double {
        switch figure {
        case .averageCheckDollars(let share): quantile(share, averageChecks)
        case .visitsAWeek(let share): quantile(share, visitsAWeek)
        case .linesForABasket: Double(lines) / Double(cardReceipts)
        case .stores(let share): quantile(share, households.values.map { Double($0.storesInLastYear.count) })
        case .mainStoreShareOfLines: quantile(0.5, mainStoreShares)
        case .privateLabelShareOfLines: Double(privateLabelLines) / Double(lines)
        case .salesOfLargest(let count): salesOfLargest(count)
        case .discountedShareOfLines: Double(discountedLines) / Double(lines)
        case .depth(let share): quantile(share, depths)
        case .discountShareOfShelfValue: Double(regularMinor - baseMinor) / Double(regularMinor)
        case .response(let band): response.multiplier(of: band)
        case .receiptsWithoutShopper: Double(receipts - cardReceipts) / Double(receipts)
        }
    }

    private var averageChecks: [Double] {
        households.values.map { Double($0.spendMinor) / Double($0.visits) / Figure.kopecksForDollar }
    }

    /// Also of those who never came.
    private var visitsAWeek: [Double] {
        let absent = Array(repeating: 0.0, count: town.plan.shoppers - households.count)
        return absent + households.values.map { Double($0.visits) / Double(weeks) }
    }

    private var mainStoreShares: [Double] {
        households.values.map { household in
            let lines = household.linesInStore.values
            return Double(lines.max() ?? 0) / Double(lines.reduce(0, +))
        }
    }

    private func salesOfLargest(_ count: Int) -> Double {
        let largest = salesOfOwner.values.sorted(by: >).prefix(count).reduce(0, +)
        return Double(largest) / Double(salesOfOwner.values.reduce(0, +))
    }

    private func quantile(_ share: Double, _ values: [Double]) -> Double {
        let sorted = values.sorted()
        return sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))]
    }
}

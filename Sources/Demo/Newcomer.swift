import DemoTown
import Kernel

extension Story {
    static let newcomerDays: Int32 = 28
    /// A card holder who bought of the category on so many receipts of the last `lookBackDays` is surely in the audience.
    private static let receiptsMin = 2
    private static let lookBackDays: Int32 = 75

    /// From here on by the real time: an approved campaign with a funded wallet, which whoever comes may launch.
    func prepareForTheNewcomer(_ audience: StoryAudience) async throws -> DemoRecord {
        host.clock.run()
        let id = try await client.post(
            "\(path)/campaigns", as: keys.marketer,
            terms(
                audience, name: "\(choice.brand.name) for you", from: "\(dates.today)",
                until: "\(dates.today.adding(days: Self.newcomerDays))", budget: budgetMinor / 2, isLate: true)
        ).text("id")
        _ = try await client.post("\(path)/campaigns/\(id)/forecast", as: keys.marketer)
        _ = try await client.post("\(path)/campaigns/\(id)/submit", as: keys.marketer)
        _ = try await client.post("\(path)/campaigns/\(id)/approve", as: keys.approver, #"{"comment":"Go ahead."}"#)
        guard let shopper = faithfulShopper(), let card = town.shopper(shopper).id else {
            throw DemoFault.tooSmall("nobody bought often enough of \(choice.category.name)")
        }
        let product = steadyProduct()
        return DemoRecord(
            retailer: parties.retailer, supplierKey: keys.supplier, retailerKey: keys.retailer, appKey: keys.app,
            tillKey: keys.till, feedKey: keys.feed, approverKey: keys.approver, treasurerKey: keys.treasurer,
            secondTreasurerKey: keys.secondTreasurer, supplierTreasurerKey: keys.supplierTreasurer,
            category: choice.category.id.text, campaign: id, shopper: card.text,
            store: town.stores[town.shopper(shopper).mainStore].id.text, product: product.id.text,
            priceMinor: product.regularPriceMinor)
    }

    /// The first card holder who buys of the category again and again.
    private func faithfulShopper() -> Int? {
        let first = max(dates.today.adding(days: -Self.lookBackDays), town.plan.days.first ?? dates.historyEnd)
        let days = dates.days(from: first, through: dates.historyEnd)
        let shelves = Dictionary(grouping: days, by: \.startOfWeek).mapValues { town.shelf(inWeekOf: $0[0]) }
        return (0..<town.plan.shoppers).first { index in
            let shopper = town.shopper(index)
            let receipts = days.lazy.flatMap { day in
                (0..<town.visits(ofShopper: index, on: day)).lazy.compactMap { visit in
                    shelves[day.startOfWeek].map { town.receipt(of: shopper, on: day, visit: visit, shelf: $0) }
                }
            }
            return receipts.filter { receipt in
                receipt.lines.contains { town.products[Int($0.product)].category == choice.category.index }
            }.prefix(Self.receiptsMin).count == Self.receiptsMin
        }
    }

    /// A product of the brand whose price stays the same for the coming weeks, or else the first.
    private func steadyProduct() -> TownProduct {
        let shelves = (0...4).map { town.shelf(inWeekOf: dates.today.adding(days: 7 * $0)) }
        let steady = choice.products.first { product in
            shelves.allSatisfy { $0.cardPriceMinor(of: product) == town.products[product].regularPriceMinor }
        }
        return town.products[steady ?? choice.products[0]]
    }
}

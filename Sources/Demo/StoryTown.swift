import DemoTown
import Kernel

extension Story {
    /// The retailer's feeds: catalogue, prices, shoppers, and all receipts of the history.
    func loadTown() async throws {
        let lines = TownLines(
            town: town, supplier: (choice.supplier.index, parties.supplier),
            firstDay: town.plan.days.first?.startOfMonth ?? dates.historyEnd)
        try await loadCatalogue(lines)
        try await feed.load("shoppers", 0..<town.plan.shoppers) { lines.writeShopper($0, to: &$1) }
        for day in town.plan.days { try await load(day) }
        narrator.tell(
            "The town", on: dates.historyEnd,
            "\(grouped(town.stores.count)) stores, \(grouped(town.products.count)) products of "
                + "\(grouped(town.suppliers.count)) suppliers, \(grouped(town.plan.shoppers)) shoppers with a card",
            "\(grouped(progress.receipts)) receipts in \(town.plan.weeks) weeks, until \(dates.historyEnd)")
    }

    var feed: FeedUpload { FeedUpload(client: client, key: keys.feed, retailerPath: path) }

    private func loadCatalogue(_ lines: TownLines) async throws {
        try await nameCategories()
        for brand in town.brands {
            _ = try await client.put("\(path)/brands/\(brand.id)", as: keys.admin, #"{"name":"\#(brand.name)"}"#)
        }
        try await feed.load("stores", town.stores) { TownLines.write($0, to: &$1) }
        try await feed.load("products", town.products) { lines.write($0, to: &$1) }
        try await feed.load("prices", town.products) { lines.writeRegularPrice(of: $0, to: &$1) }
        try await feed.load("price_bounds", town.products) { lines.writeCost(of: $0, to: &$1) }
        for monday in weeks {
            try await feed.load("prices", lines.cardPrices(inWeekOf: monday)) { lines.writeCardPrice($0, to: &$1) }
        }
    }

    /// Every week of the history, and those in which a newcomer may look at it.
    private var weeks: [BusinessDay] {
        let first = (town.plan.days.first ?? dates.historyEnd).startOfWeek
        let last = dates.today.adding(days: 35)
        return stride(from: first.daysSince1970, through: last.daysSince1970, by: 7).map(BusinessDay.init(daysSince1970:))
    }

    /// Departments above categories.
    private func nameCategories() async throws {
        var departments: [String: String] = [:]
        for category in town.categories where departments[category.department] == nil {
            let id = "department-\(departments.count + 1)"
            departments[category.department] = id
            _ = try await client.put("\(path)/categories/\(id)", as: keys.admin, #"{"name":"\#(category.department)"}"#)
        }
        for category in town.categories {
            _ = try await client.put(
                "\(path)/categories/\(category.id)", as: keys.admin,
                #"{"name":"\#(category.name)","parent_id":"\#(departments[category.department] ?? "")"}"#)
        }
    }

    /// A day without the campaign.
    func load(_ day: BusinessDay) async throws {
        try await feed.load("receipts", town.receipts(on: day), progress: progress) { $0.write(to: &$1) }
        progress.finishDay()
    }
}

/// Reads a folder of the Complete Journey's form. `part` is the folder of the households (`dev`).
struct JourneyReader {
    static let folder = "complete_journey"
    static let campaignsFile = "common/campaigns.csv.gz"

    private let data: DataFolder
    private let part: String
    private var households = NumberedIDs()
    private var manufacturers = NumberedIDs()
    private var categories = NumberedIDs()
    private var productIDs = NumberedIDs()
    private var coupons = NumberedIDs()
    private var campaignIDs = NumberedIDs()
    private var baskets = NumberedIDs()
    private var products: [Journey.Product] = []
    private var campaigns: [Journey.Campaign] = []
    private var lines: [[Journey.Line]] = []
    private var redemptions: [[Journey.Redemption]] = []
    private var sent: [[Int32]] = []

    private init(_ data: DataFolder, part: String) {
        self.data = data
        self.part = part
    }

    static func read(_ data: DataFolder, part: String) throws -> Journey {
        var reader = JourneyReader(data, part: part)
        try reader.readCampaigns()
        try reader.readProducts()
        try reader.readCoupons()
        try reader.readHouseholds()
        try reader.readSpends()
        try reader.readLines()
        try reader.readRedemptions()
        return reader.journey()
    }

    private func journey() -> Journey {
        Journey(
            folder: data.name, households: households, manufacturers: manufacturers, products: products,
            campaigns: campaigns,
            lines: lines.map { $0.sorted { ($0.day, $0.basket) < ($1.day, $1.basket) } },
            redemptions: redemptions.map { $0.sorted { $0.day < $1.day } }, sent: sent)
    }

    private mutating func readCampaigns() throws {
        try data.read(Self.campaignsFile, columns: ["campaign_id", "start_date", "end_date"]) { row in
            _ = campaignIDs.add(try row.id(0))
            campaigns.append(Journey.Campaign(id: try row.id(0), start: try row.day(1), end: try row.day(2)))
        }
    }

    private mutating func readProducts() throws {
        let columns = ["product_id", "manufacturer_id", "product_category"]
        try data.read("common/products.csv.gz", columns: columns) { row in
            let product = product(try row.id(0))
            let (manufacturer, category) = (row.text(1), row.text(2))
            if !manufacturer.isEmpty { products[product].manufacturer = manufacturers.add(manufacturer) }
            if !category.isEmpty { products[product].category = categories.add(category) }
        }
    }

    /// One that is sold and in no catalogue has neither maker nor category.
    private mutating func product(_ id: String) -> Int {
        let product = Int(productIDs.add(id))
        if product == products.count { products.append(Journey.Product()) }
        return product
    }

    private mutating func readCoupons() throws {
        var places: [[Int32: Int]] = campaigns.map { _ in [:] }
        let columns = ["campaign_id", "coupon_upc", "product_id"]
        try data.read("common/coupons.csv.gz", columns: columns) { row in
            let (campaign, coupon, product) = (try campaign(row, 0), coupons.add(try row.id(1)), product(try row.id(2)))
            let place = places[campaign][coupon] ?? campaigns[campaign].coupons.count
            if place == campaigns[campaign].coupons.count {
                places[campaign][coupon] = place
                campaigns[campaign].coupons.append(Journey.Coupon(coupon: coupon))
            }
            campaigns[campaign].coupons[place].products.append(Int32(product))
            products[product].coupons.append(coupon)
        }
        for campaign in campaigns.indices {
            for place in campaigns[campaign].coupons.indices {
                campaigns[campaign].coupons[place].owner = owner(of: campaigns[campaign].coupons[place].products)
            }
        }
    }

    private func owner(of products: [Int32]) -> Int32? {
        var counts: [Int32: Int] = [:]
        for product in products {
            if let manufacturer = self.products[Int(product)].manufacturer { counts[manufacturer, default: 0] += 1 }
        }
        guard let most = counts.first(where: { $0.value * 100 >= products.count * Journey.ownerPercent }) else { return nil }
        return Journey.noSuppliers.contains(manufacturers.ids[Int(most.key)]) ? nil : most.key
    }

    private mutating func readHouseholds() throws {
        try data.read("\(part)/campaign_households.csv.gz", columns: ["campaign_id", "household_id"]) { row in
            let (campaign, household) = (try campaign(row, 0), household(try row.id(1)))
            campaigns[campaign].households.append(Int32(household))
            sent[household].append(Int32(campaign))
        }
    }

    private mutating func household(_ id: String) -> Int {
        let household = Int(households.add(id))
        if household == lines.count {
            lines.append([])
            redemptions.append([])
            sent.append([])
        }
        return household
    }

    private mutating func readSpends() throws {
        let columns = ["campaign_id", "household_id", "spend_28d_before"]
        try data.read("\(part)/household_campaign_spend.csv.gz", columns: columns) { row in
            let (campaign, household, spend) = (try campaign(row, 0), household(try row.id(1)), try row.hundredths(2))
            campaigns[campaign].spends[Int32(household)] = spend
            campaigns[campaign].spendsSorted.append(spend)
        }
        for campaign in campaigns.indices { campaigns[campaign].spendsSorted.sort() }
    }

    private mutating func readLines() throws {
        let columns = [
            "household_id", "basket_id", "timestamp", "product_id", "sales_value", "retail_disc", "coupon_disc",
            "coupon_match_disc",
        ]
        try data.read("\(part)/receipt_lines.csv.gz", columns: columns) { row in
            let (household, product, day) = (household(try row.id(0)), product(try row.id(3)), try row.day(2))
            let (coupon, match) = (try row.hundredths(6), try row.hundredths(7))
            lines[household].append(
                Journey.Line(
                    day: day, basket: baskets.add(try row.id(1)), product: Int32(product), spend: try row.hundredths(4),
                    hasCoupon: coupon > 0 || match > 0, hasDiscount: try row.hundredths(5) > 0))
            products[product].buyers.append((Int32(household), day))
        }
    }

    private mutating func readRedemptions() throws {
        let columns = ["household_id", "coupon_upc", "campaign_id", "redemption_date"]
        try data.read("\(part)/redemptions.csv.gz", columns: columns) { row in
            let household = household(try row.id(0))
            redemptions[household].append(
                Journey.Redemption(
                    household: Int32(household), campaign: Int32(try campaign(row, 2)), coupon: coupons.add(try row.id(1)),
                    day: try row.day(3)))
        }
    }

    private func campaign(_ row: borrowing DataRow, _ column: Int) throws -> Int {
        guard let campaign = campaignIDs.number(try row.id(column)) else { return try row.bad(column) }
        return Int(campaign)
    }
}

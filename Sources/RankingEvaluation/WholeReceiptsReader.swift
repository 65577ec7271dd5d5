/// Reads a folder of Sort-of-Real's form. `part` is the folder of the households (`dev`).
struct WholeReceiptsReader {
    static let folder = "sort_of_real"
    static let productsFile = "common/products.csv.gz"

    private let data: DataFolder
    private var households = NumberedIDs()
    private var products = NumberedIDs()
    private var categoryIDs = NumberedIDs()
    private var baskets = NumberedIDs()
    private var owners: [(household: Int32, receipt: Int)] = []
    private var receipts: [[WholeReceipts.Receipt]] = []
    private var purchases: [[WholeReceipts.Purchase]] = []
    private var categories: [Int32?] = []

    private init(_ data: DataFolder) { self.data = data }

    static func read(_ data: DataFolder, part: String) throws -> WholeReceipts {
        var reader = WholeReceiptsReader(data)
        try reader.readProducts()
        try reader.readReceipts("\(part)/receipts.csv.gz")
        try reader.readLines("\(part)/receipt_lines.csv.gz")
        return reader.wholeReceipts()
    }

    private func wholeReceipts() -> WholeReceipts {
        var productsByCategory: [Int32: [Int32]] = [:]
        for (product, category) in categories.enumerated() {
            if let category { productsByCategory[category, default: []].append(Int32(product)) }
        }
        return WholeReceipts(
            folder: data.name, receipts: receipts.map { $0.sorted { $0.day < $1.day } },
            purchases: purchases.map { $0.sorted(by: WholeReceipts.Purchase.precedes) }, categories: categories,
            productsByCategory: productsByCategory)
    }

    private mutating func readProducts() throws {
        try data.read(Self.productsFile, columns: ["product_id", "category_10"]) { row in
            let product = product(try row.id(0))
            let category = row.text(1)
            if !category.isEmpty { categories[product] = categoryIDs.add(category) }
        }
    }

    private mutating func product(_ id: String) -> Int {
        let product = Int(products.add(id))
        if product == purchases.count {
            purchases.append([])
            categories.append(nil)
        }
        return product
    }

    private mutating func readReceipts(_ file: String) throws {
        try data.read(file, columns: ["basket_id", "household_id", "timestamp"]) { row in
            let household = Int(households.add(try row.id(1)))
            if household == receipts.count { receipts.append([]) }
            guard Int(baskets.add(try row.id(0))) == owners.count else { return try row.bad(0) }
            owners.append((Int32(household), receipts[household].count))
            receipts[household].append(WholeReceipts.Receipt(day: try row.day(2)))
        }
    }

    private mutating func readLines(_ file: String) throws {
        try data.read(file, columns: ["basket_id", "product_id", "sales_value"]) { row in
            guard let basket = baskets.number(try row.id(0)) else { return try row.bad(0) }
            let (household, receipt) = owners[Int(basket)]
            receipts[Int(household)][receipt].spend += try row.hundredths(2)
            purchases[product(try row.id(1))].append(
                WholeReceipts.Purchase(
                    household: household, day: receipts[Int(household)][receipt].day, basket: basket))
        }
    }
}

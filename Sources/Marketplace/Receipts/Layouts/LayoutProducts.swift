import Catalogue
import JSONText
import Kernel
import TextStreams

/// The products of a data set's folder. Its brand owners become suppliers where the caller says which supplier each is.
struct LayoutProducts: ImportLayout {
    static let files = ["common/products.csv.gz"]

    enum Source: Sendable {
        /// The brand and its supplier are the manufacturer, but for the private label and the catch-all of the set.
        case completeJourney
        /// No brands; the category is the lowest of four.
        case sortOfReal
        /// Brand and vendor are two things; the category is the lowest of four.
        case x5
    }

    /// Complete Journey's catch-all (mostly fresh produce) and its private label: nobody's brands.
    static let noManufacturers: Set<String> = ["2", "69"]

    private let source: Source
    private let suppliers: [ExternalID: SupplierID]

    init(_ source: Source, suppliers: [ExternalID: SupplierID]) {
        self.source = source
        self.suppliers = suppliers
    }

    mutating func read(_ row: borrowing CSVRecord, of header: CSVHeader, file: Int, into output: inout [UInt8]) throws {
        let row = LayoutRow(row, header)
        let product =
            switch source {
            case .completeJourney: try completeJourney(row)
            case .sortOfReal: try sortOfReal(row)
            case .x5: try x5(row)
            }
        output += product.importLine
    }

    mutating func finish(into output: inout [UInt8]) {}

    private func completeJourney(_ row: LayoutRow) throws -> Product {
        let id = try row.id("product_id")
        let manufacturer = try row.text("manufacturer_id")
        let brand = Self.noManufacturers.contains(manufacturer) ? nil : try row.idIfPresent("manufacturer_id")
        let category = [try row.text("department"), try row.text("product_category")].filter { !$0.isEmpty }
        let names = [try row.text("product_type"), try row.text("package_size")].filter { !$0.isEmpty }
        return Product(
            id: id, name: names.isEmpty ? id.text : names.joined(separator: " "), brand: brand,
            category: category.isEmpty ? nil : try row.id(category.joined(separator: "/"), "product_category"),
            isPrivateLabel: try row.text("brand") == "Private", suppliers: supplier(of: brand))
    }

    private func sortOfReal(_ row: LayoutRow) throws -> Product {
        let id = try row.id("product_id")
        return Product(
            id: id, name: id.text, category: try row.idIfPresent("category_10"),
            unit: try row.text("priced_by_weight") == "1" ? .kilogram : .piece)
    }

    private func x5(_ row: LayoutRow) throws -> Product {
        let id = try row.id("product_id")
        return Product(
            id: id, name: id.text, brand: try row.idIfPresent("brand_id"), category: try row.idIfPresent("level_4"),
            isPrivateLabel: try row.text("is_own_trademark") == "1", isAdult: try row.text("is_alcohol") == "1",
            suppliers: supplier(of: try row.idIfPresent("vendor_id")))
    }

    private func supplier(of owner: ExternalID?) -> [SupplierID] {
        owner.flatMap { suppliers[$0] }.map { [$0] } ?? []
    }
}

extension Product {
    /// A line of the native NDJSON of products.
    fileprivate var importLine: [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.field("product_id", id)
            json.field("name", name)
            if let brand { json.field("brand_id", brand) }
            if let category { json.field("category_id", category) }
            json.field("unit", word: unit)
            json.field("is_private_label", isPrivateLabel)
            json.field("is_adult", isAdult)
            json.field("supplier_ids", suppliers)
        }
        return json.bytes + [UInt8(ascii: "\n")]
    }
}

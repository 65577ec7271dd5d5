package import HTTPSupport
package import JSONText
package import Kernel
import Postgres

/// In what a product is counted; quantities are integer thousandths of it (DOMAIN 3).
package enum QuantityUnit: String, CaseIterable, SQLWord {
    case piece
    case kilogram = "kg"
    case litre = "l"
    case metre = "m"
}

/// Something that the retailer sells, as the retailer describes it. Brand is not supplier: a product has maybe several
/// suppliers, maybe none (DOMAIN 5).
package struct Product: Sendable, Hashable {
    package var id: ExternalID
    package var name: String
    package var brand: ExternalID?
    package var category: ExternalID?
    package var unit: QuantityUnit
    package var vatRate: BasisPoints?
    package var isPrivateLabel: Bool
    /// Alcohol, tobacco: offered to adults only.
    package var isAdult: Bool
    /// Sorted, each once.
    package var suppliers: [SupplierID]
    /// 8 to 14 digits, sorted, each once.
    package var gtins: [String]

    package init(
        id: ExternalID, name: String, brand: ExternalID? = nil, category: ExternalID? = nil, unit: QuantityUnit = .piece,
        vatRate: BasisPoints? = nil, isPrivateLabel: Bool = false, isAdult: Bool = false, suppliers: [SupplierID] = [],
        gtins: [String] = []
    ) {
        self.id = id
        self.name = name
        self.brand = brand
        self.category = category
        self.unit = unit
        self.vatRate = vatRate
        self.isPrivateLabel = isPrivateLabel
        self.isAdult = isAdult
        self.suppliers = Set(suppliers).sorted()
        self.gtins = Set(gtins).sorted()
    }

    package init(_ fields: Fields, inPath path: ExternalID? = nil) {
        let suppliers: [SupplierID]? = fields.listIfPresent("supplier_ids", max: CatalogueLimits.suppliersOfProductMax) {
            try JSONValue.id($0)
        }
        self.init(
            id: fields.ownID("product_id", inPath: path), name: fields.string("name", max: CatalogueLimits.nameCharactersMax),
            brand: fields.externalIDIfPresent("brand_id"), category: fields.externalIDIfPresent("category_id"),
            unit: fields.wordIfPresent("unit") ?? .piece, vatRate: fields.basisPointsIfPresent("vat_rate_bp"),
            isPrivateLabel: fields.boolIfPresent("is_private_label") ?? false,
            isAdult: fields.boolIfPresent("is_adult") ?? false, suppliers: suppliers ?? [],
            gtins: fields.listIfPresent("gtins", max: CatalogueLimits.gtinsOfProductMax) { try JSONValue.gtin($0) } ?? [])
    }

    package static let csvColumns = [
        CSVColumn("product_id"), CSVColumn("name"), CSVColumn("brand_id"), CSVColumn("category_id"), CSVColumn("unit"),
        CSVColumn("vat_rate_bp", .integer), CSVColumn("is_private_label", .flag), CSVColumn("is_adult", .flag),
        CSVColumn("supplier_ids", .list), CSVColumn("gtins", .list),
    ]
}

extension JSONValue {
    /// GS1's numbers have 8, 12, 13 or 14 digits; shops also print shorter ones of their own. The check digit is not
    /// looked at: a number that a till scans is the product's, right or wrong.
    fileprivate static func gtin(_ value: JSONValue) throws(BadValue) -> String {
        guard case .string(let text) = value, (8...14).contains(text.utf8.count),
            text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { throw BadValue("not_a_gtin", "Must be 8 to 14 digits.") }
        return text
    }
}

/// A product as it stands in the catalogue. To a supplier `suppliers` holds itself at most.
package struct StoredProduct: Sendable, Hashable, JSONWritable {
    package let product: Product
    /// Its dense number within the retailer.
    package let ordinal: Int32
    /// A till sold it before the catalogue knew it: reported to the retailer, never discounted.
    package let isStub: Bool
    package let updatedAt: Instant

    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("product_id", product.id)
            json.field("name", product.name)
            json.field("brand_id", product.brand)
            json.field("category_id", product.category)
            json.field("unit", word: product.unit)
            json.field("vat_rate_bp", product.vatRate)
            json.field("is_private_label", product.isPrivateLabel)
            json.field("is_adult", product.isAdult)
            json.field("supplier_ids", product.suppliers)
            json.field("gtins", product.gtins)
            json.field("is_stub", isStub)
            json.field("updated_at", updatedAt)
        }
    }
}

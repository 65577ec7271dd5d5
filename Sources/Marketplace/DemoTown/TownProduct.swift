package import Kernel

/// Who stands behind a product: a supplier of the town, or the retailer itself.
package enum ProductOwner: Hashable, Sendable {
    case supplier(Int)
    case privateLabel
}

/// How a product is sold.
package enum SaleUnit: String, Hashable, Sendable {
    case piece
    case kilogram = "kg"
}

/// A supplier and the part of the chain's sales that the town was drawn with.
package struct TownSupplier: Sendable {
    package let index: Int
    package let id: ExternalID
    package let name: String
}

/// A brand: a supplier's in one category, or one of the retailer's own, across categories.
package struct TownBrand: Sendable {
    package let index: Int
    package let id: ExternalID
    package let name: String
    package let owner: ProductOwner
}

/// A category with its department, the retailer's own two levels.
package struct TownCategory: Sendable {
    package let index: Int
    package let id: ExternalID
    package let name: String
    package let department: String
    package let habit: Habit

    /// From the department down.
    package var path: [String] { [department, name] }
}

/// A product of the chain's catalogue. Prices are in minor units for a piece or a kilogram, VAT included; the regular
/// price is that of the shelf, what a card holder pays in a week stands on the `Shelf`.
package struct TownProduct: Sendable {
    package let index: Int
    package let id: ExternalID
    package let name: String
    /// Index of `Town.brands`.
    package let brand: Int
    /// Index of `Town.categories`.
    package let category: Int
    package let owner: ProductOwner
    package let unit: SaleUnit
    package let regularPriceMinor: Int64
    /// What the retailer pays for it, without VAT.
    package let costMinor: Int64
    package let vatRateBp: Int32
    /// Alcohol: an offer of it is for adults only.
    package let isAdult: Bool
    /// The grams of a typical line of a product sold by weight.
    let typicalGrams: Double
}

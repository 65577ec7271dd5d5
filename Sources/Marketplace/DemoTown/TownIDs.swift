package import Kernel

/// The way back from the ids in an answer of the marketplace to the town's indices.
extension Town {
    /// The index of the card holder with this id; nil where the town has none.
    package func shopperIndex(of id: ExternalID) -> Int? {
        guard let index = Self.index(in: id, after: "card-"), index < plan.shoppers, shopper(index).id == id else { return nil }
        return index
    }

    /// The index of the product with this id; nil where the town has none.
    package func productIndex(of id: ExternalID) -> Int? {
        guard let index = Self.index(in: id, after: "product-"), index < products.count, products[index].id == id else {
            return nil
        }
        return index
    }

    private static func index(in id: ExternalID, after prefix: String) -> Int? {
        guard id.text.hasPrefix(prefix), let number = Int(id.text.dropFirst(prefix.count)), number > 0 else { return nil }
        return number - 1
    }
}

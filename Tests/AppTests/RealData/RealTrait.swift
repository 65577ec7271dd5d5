import JSONText
import Kernel
import Postgres
import TestSupport

/// A habit that the test's retailer defines over the set's own goods.
struct RealTrait: Sendable {
    let name: String
    let goods: Goods
    let baskets: Int64

    var rule: JSONValue { .object([goods.word: goods.json, "min_receipts": .integer(baskets)]) }

    static func traits(of set: DataSet, _ files: StagedFiles) async throws -> [RealTrait] {
        let popular = try await Popular.of(set, files)
        return [
            RealTrait(name: "regular_of_first", goods: Goods(word: "categories", ids: [popular.categories[0]]), baskets: 3),
            RealTrait(name: "tried_second", goods: Goods(word: "categories", ids: [popular.categories[1]]), baskets: 1),
            RealTrait(name: "top_products", goods: Goods(word: "products", ids: Array(popular.products.prefix(10))), baskets: 2),
        ]
    }
}

/// The most bought of a set's goods and its most visited stores, so that the questions are about many.
struct Popular: Sendable {
    let stores: [String]
    let products: [String]
    let brands: [String]
    /// The lowest level, then the highest.
    let categories: [String]
    let departments: [String]
    let tags: [String]

    static func of(_ set: DataSet, _ files: StagedFiles) async throws -> Popular {
        let text: @Sendable (inout Row) throws -> String = { row in try row.next() }
        let lowest: SQL = set == .completeJourney ? "product.categories[2]" : "product.categories[1]"
        let highest: SQL = set == .completeJourney ? "product.categories[1]" : "product.categories[4]"
        return Popular(
            stores: try await files.ask(set, top("store_id", of: "basket"), text),
            products: try await files.ask(set, top("product_id", of: "line"), text),
            brands: try await files.ask(set, top("brand_id", of: "line JOIN product USING (product_id)"), text),
            categories: try await files.ask(set, top(lowest, of: "line JOIN product USING (product_id)"), text),
            departments: try await files.ask(set, top(highest, of: "line JOIN product USING (product_id)"), text),
            tags: try await files.ask(set, top("tag", of: "tag"), text))
    }

    private static func top(_ column: SQL, of relation: SQL) -> SQL {
        """
        SELECT \(fragment: column) FROM \(fragment: relation) WHERE \(fragment: column) IS NOT NULL
        GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 40
        """
    }
}

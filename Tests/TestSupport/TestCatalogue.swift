package import Catalogue
package import Kernel
import Parties
package import Postgres
package import Shoppers
import Tenancy

/// Shops with things in them, for tests that need some and do not care which.
extension TestMarket {
    /// Loads stores `s1`, `s2`, ... of the retailer's zone; their dense numbers by id.
    @discardableResult
    package func makeStores(
        _ count: Int = 1, of retailer: RetailerID, change: @escaping @Sendable (inout Store) -> Void = { _ in }
    ) async throws -> [ExternalID: Int32] {
        let stores = (1...count).map { number in
            var store = Store(id: ExternalID(stored: "s\(number)"), name: "Store \(number)")
            change(&store)
            return store
        }
        return try await load(retailer) { tx, now in
            _ = try tx.upsert(stores, of: retailer, at: now)
            return try tx.storeOrdinals(stores.map(\.id), of: retailer)
        }
    }

    /// Loads products `p1`, `p2`, ... of brand `b1` and category `c1`; their dense numbers by id.
    @discardableResult
    package func makeProducts(
        _ count: Int = 1, of retailer: RetailerID, suppliers: [SupplierID] = [],
        change: @escaping @Sendable (inout Product) -> Void = { _ in }
    ) async throws -> [ExternalID: Int32] {
        let products = (1...count).map { number in
            var product = Product(
                id: ExternalID(stored: "p\(number)"), name: "Product \(number)", brand: ExternalID(stored: "b1"),
                category: ExternalID(stored: "c1"), suppliers: suppliers)
            change(&product)
            return product
        }
        return try await load(retailer) { tx, now in
            _ = try tx.upsert(products, of: retailer, at: now)
            return try tx.productOrdinals(products.map(\.id), of: retailer)
        }
    }

    /// Files regular prices of everywhere, in minor units, from long ago.
    package func makePrices(_ amounts: [ExternalID: Int64], of retailer: RetailerID, in asset: Asset = .rouble) async throws {
        let prices = amounts.map { id, amount in
            Price(product: id, validFrom: BusinessDay(daysSince1970: 0), amount: Money(minor: amount, asset: asset))
        }
        try await load(retailer) { tx, _ in try tx.upsert(prices, of: retailer) }
    }

    /// Makes shoppers `h1`, `h2`, ...; their keys by id.
    @discardableResult
    package func makeShoppers(_ count: Int = 1, of retailer: RetailerID) async throws -> [ExternalID: ShopperKey] {
        let ids = (1...count).map { ExternalID(stored: "h\($0)") }
        return try await load(retailer) { tx, now in
            try tx.shopperKeys(for: ids, of: retailer, creating: true, at: now)
        }
    }

    /// A unit of work of the retailer's own.
    @discardableResult
    package func load<Value: Sendable>(
        _ retailer: RetailerID, _ work: @escaping @Sendable (borrowing Transaction, Instant) throws -> Value
    ) async throws -> Value {
        let now = clock.now
        return try await database.transaction(as: .retailer(retailer)) { tx in try work(tx, now) }
    }

    /// A unit of work of a supplier's at a retailer, which PostgreSQL fences.
    package func load<Value: Sendable>(
        _ supplier: SupplierID, at retailer: RetailerID, _ work: @escaping @Sendable (borrowing Transaction) throws -> Value
    ) async throws -> Value {
        try await database.transaction(as: .supplier(supplier, at: retailer)) { tx in try work(tx) }
    }
}

extension Asset {
    package static let rouble = Asset(stored: "RUB")
}

extension ExternalID: ExpressibleByStringLiteral {
    package init(stringLiteral value: String) { self.init(stored: value) }
}

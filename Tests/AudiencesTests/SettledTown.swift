import JSONText
import Kernel
import Profiles
import Tenancy
import TestSupport

/// A random town whose facts stand in the tables, with the plain values that they were made of.
struct SettledTown {
    let retailer: RetailerID
    private let products: [NaiveTown.Product]
    private let slips: [Slip]
    private let refunds: [Refund]
    private let tags: [String: Set<Int64>]
    private let traits: [TraitName: TraitRule]

    static func settle(in market: TestMarket, _ source: inout RandomTown) async throws -> SettledTown {
        let town = Town(database: market.database, retailer: try await market.makeRetailer())
        let (products, slips, tags, traits) = (source.products(), source.slips(), source.tags(), source.traits())
        let refunds = source.refunds(of: slips)
        try await town.addCatalogue(products.map { ($0.brand, $0.category) })
        try await town.addShoppers(1...(RandomTown.shoppers - 2))
        try await town.addShoppers((RandomTown.shoppers - 1)...RandomTown.shoppers, kind: "employee")
        for (tag, keys) in tags { try await town.addTag(tag, keys.sorted()) }
        try await town.add(slips)
        try await town.add(refunds)
        let admin = try await market.key(of: town.retailer, .admin)
        for (name, rule) in traits {
            let json = try JSONReader.parse(rule.jsonBytes)
            _ = try await market.put("/v1/retailers/\(town.retailer)/traits/\(name.rawValue)", as: admin, ["rule": json])
        }
        return SettledTown(
            retailer: town.retailer, products: products, slips: slips, refunds: refunds, tags: tags, traits: traits)
    }

    /// The town as plain values, looked at on a day. Employees are not of the base.
    func naive(asOf: Int, today: Int) -> NaiveTown {
        NaiveTown(
            products: products, persons: Array(1...(RandomTown.shoppers - 2)), slips: slips, refunds: refunds, tags: tags,
            traits: traits, asOf: asOf, today: today, window: 90)
    }
}

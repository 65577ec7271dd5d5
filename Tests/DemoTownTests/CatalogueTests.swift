import DemoTown
import Kernel
import Testing

@Suite struct CatalogueTests {
    private static let town = Town(
        TownPlan(shoppers: 3000, weeks: 4, seed: 8, lastDay: BusinessDay("2026-03-01")!)!)

    @Test func `ids are unique and acceptable to the import`() throws {
        let town = Self.town
        for ids in [
            town.products.map(\.id), town.brands.map(\.id), town.categories.map(\.id), town.suppliers.map(\.id),
            town.stores.map(\.id), (0..<town.plan.shoppers).compactMap { town.shopper($0).id },
        ] {
            #expect(Set(ids).count == ids.count)
            for id in ids { #expect(try ExternalID(id.text) == id) }
        }
    }

    @Test func `brands and products have names of their own`() {
        #expect(Set(Self.town.brands.map(\.name)).count == Self.town.brands.count)
        #expect(Set(Self.town.products.map(\.name)).count == Self.town.products.count)
    }

    @Test func `a product belongs to the owner of its brand, and each supplier has products`() {
        for product in Self.town.products { #expect(product.owner == Self.town.brands[product.brand].owner) }
        let owners = Set(Self.town.products.map(\.owner))
        #expect(owners == Set(Self.town.suppliers.indices.map { ProductOwner.supplier($0) } + [.privateLabel]))
    }

    @Test func `every category has national and own products`() {
        for category in Self.town.categories {
            let products = Self.town.products.filter { $0.category == category.index }
            #expect(products.contains { $0.owner == .privateLabel }, "\(category.path)")
            #expect(products.contains { $0.owner != .privateLabel }, "\(category.path)")
        }
    }

    @Test func `beer and wine are for adults, and nothing else is`() {
        let adult = Self.town.products.filter(\.isAdult).map { Self.town.categories[$0.category].name }
        #expect(Set(adult) == ["Beer", "Wine"])
        let drinks = Self.town.products.count { ["Beer", "Wine"].contains(Self.town.categories[$0.category].name) }
        #expect(adult.count == drinks)
    }

    @Test func `costs leave a margin at the regular price`() {
        for product in Self.town.products {
            let withoutVAT = product.regularPriceMinor * 10_000 / Int64(10_000 + product.vatRateBp)
            #expect(product.costMinor > 0 && product.costMinor * 100 < withoutVAT * 70)
        }
    }

    @Test func `a card price is never above the regular price and changes on Mondays only`() {
        let monday = BusinessDay("2026-02-23")!
        let shelf = Self.town.shelf(inWeekOf: monday)
        let sunday = Self.town.shelf(inWeekOf: monday.adding(days: 6))
        let next = Self.town.shelf(inWeekOf: monday.adding(days: 7))
        for product in Self.town.products {
            let price = shelf.cardPriceMinor(of: product.index)
            #expect(price > 0 && price <= product.regularPriceMinor && price % 10 == 0)
            #expect(price == sunday.cardPriceMinor(of: product.index))
        }
        #expect(Self.town.products.contains { next.cardPriceMinor(of: $0.index) != shelf.cardPriceMinor(of: $0.index) })
    }

    @Test func `an id leads back to its index, and a strange one nowhere`() {
        let town = Self.town
        #expect((0..<3000).allSatisfy { town.shopperIndex(of: town.shopper($0).id!) == $0 })
        #expect(town.products.allSatisfy { town.productIndex(of: $0.id) == $0.index })
        for id in ["card-0003001", "card-0000000", "card-1", "card-+000001", "product-00001", ""] {
            #expect(town.shopperIndex(of: ExternalID(stored: id)) == nil, "\(id)")
        }
        for id in ["product-99999", "product-1", "product-", "card-0000001"] {
            #expect(town.productIndex(of: ExternalID(stored: id)) == nil, "\(id)")
        }
    }
}

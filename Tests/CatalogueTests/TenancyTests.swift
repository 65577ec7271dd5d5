import Catalogue
import JSONText
import Kernel
import Parties
import Postgres
import Tenancy
import TestSupport
import Testing

@Suite struct TenancyTests {
    @Test func `the same ids of two retailers are two things`() async throws {
        try await TestMarket.run { market in
            let (own, other) = (try await market.makeRetailer(), try await market.makeRetailer())
            try await market.makeProducts(3, of: other)
            let mine = try await market.makeProducts(1, of: own)
            let admin = try await market.key(of: own, .admin)

            let list = try await market.get("/v1/retailers/\(own)/products", as: admin)
            let foreign = try await market.get("/v1/retailers/\(other)/products/p1", as: admin)

            #expect(mine == ["p1": 1])
            #expect(list.json["data"].elements.count == 1)
            #expect(foreign.status == 404)
        }
    }

    @Test func `a unit of work for another tenant neither sees nor writes, whatever id it names`() async throws {
        try await TestMarket.run { market in
            let (own, other) = (try await market.makeRetailer(), try await market.makeRetailer())
            try await market.makeStores(1, of: other)

            let seen = try await market.load(own) { tx, _ in try tx.storeOrdinals(["s1"], of: other) }
            await #expect(throws: DatabaseError.self) {
                try await market.load(own) { tx, now in
                    try tx.upsert([Store(id: "s1", name: "Mine now")], of: other, at: now)
                }
            }
            let kept = try await market.load(other) { tx, _ in try tx.store("s1", of: other) }

            #expect(seen == [:])
            #expect(kept?.store.name == "Store 1")
        }
    }

    @Test func `a supplier reads a product with itself alone among its suppliers`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let (own, rival) = (try await market.makeSupplier(), try await market.makeSupplier())
            try await market.makeProducts(1, of: retailer, suppliers: [own, rival])

            let seen = try await market.load(own, at: retailer) { tx in try tx.product("p1", of: retailer) }

            #expect(seen?.product.suppliers == [own])
        }
    }
}

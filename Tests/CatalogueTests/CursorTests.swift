import JSONText
import Tenancy
import TestSupport
import Testing

@Suite struct CursorTests {
    @Test(arguments: ["stores", "brands", "categories", "products", "price-zones"])
    func `a cursor that holds a NUL was never given out`(list: String) async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let feed = try await market.key(of: retailer, .feed)

            let answer = try await market.get("/v1/retailers/\(retailer)/\(list)?cursor=AAAA", as: feed)

            #expect(answer.status == 422)
            #expect(answer.json["errors"][0]["code"] == "bad_cursor")
        }
    }
}

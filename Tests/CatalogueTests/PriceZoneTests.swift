import JSONText
import Kernel
import Parties
import Tenancy
import TestSupport
import Testing

@Suite struct PriceZoneTests {
    @Test func `a price zone is made, renamed and read back`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let feed = try await market.key(of: retailer, .feed)
            let path = "/v1/retailers/\(retailer)/price-zones/north"

            let made = try await market.put(path, as: feed, ["name": "North"])
            let renamed = try await market.put(path, as: feed, ["name": "Far North"])
            let read = try await market.get(path, as: feed)
            let unknown = try await market.get("/v1/retailers/\(retailer)/price-zones/south", as: feed)

            #expect((made.status, renamed.status, unknown.status) == (201, 200, 404))
            #expect(read.json == ["price_zone_id": "north", "name": "Far North"])
        }
    }
}

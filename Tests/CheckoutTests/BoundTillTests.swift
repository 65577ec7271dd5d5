import JSONText
import Kernel
import Parties
import Tenancy
import TestSupport
import Testing

/// A till's key may be bound to stores.
@Suite struct BoundTillTests {
    @Test func `a key that is bound to stores quotes, releases, posts, voids and reads for no other`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market)
            let base = "/v1/retailers/\(till.town.retailer)"
            let bind = { (store: JSONValue) in
                let reply = try await market.post(
                    "\(base)/keys", as: market.platform, ["name": "bound", "roles": ["till"], "store_ids": [store]])
                return try #require(KeyToken(reply.json["token"].string ?? "", in: .test))
            }
            let (own, other) = (try await bind("s1"), try await bind("s2"))
            let line: JSONValue = [
                "line_no": 1, "product_id": "p1", "quantity_milli": 1_000, "unit": "piece", "regular_amount": 10_000,
                "base_amount": 10_000,
            ]
            let quote: JSONValue = ["store_id": "s1", "lines": [line], "basket_id": "b1", "hold": true]
            let sale = till.receipt("bound-1", [line])
            let place = "\(base)/receipts/s1/2026-03-09/1/-/bound-1"

            let quoted = try await market.post("\(base)/quotes", as: own, quote)
            let hold = "\(base)/quotes/\(quoted.json["quote_id"].string ?? "")"
            let refused = [
                try await market.post("\(base)/quotes", as: other, quote), try await market.delete(hold, as: other),
                try await market.post("\(base)/receipts", as: other, sale), try await market.get(place, as: other),
            ]
            let taken = [
                try await market.delete(hold, as: own), try await market.post("\(base)/receipts", as: own, sale),
                try await market.get(place, as: own),
            ]

            let void = { (store: JSONValue) -> JSONValue in
                [
                    "store_id": store, "till": "1", "business_day": "2026-03-09", "number": "void", "kind": "void",
                    "sold_at": "2026-03-09T09:05:00Z", "lines": [],
                    "original": ["store_id": "s1", "till": "1", "business_day": "2026-03-09", "number": "bound-1"],
                ]
            }
            let foreign = try await market.post("\(base)/receipts", as: other, void("s2"))
            let voided = try await market.post("\(base)/receipts", as: own, void("s1"))

            #expect((foreign.status, foreign.json["code"]) == (403, "store_not_allowed"))
            #expect(voided.status == 201)
            #expect(quoted.status == 200)
            #expect(refused.map(\.status) == [403, 403, 403, 403])
            #expect(Set(refused.map { $0.json["code"] }) == ["store_not_allowed"])
            #expect(taken.map(\.status) == [204, 201, 200])
        }
    }
}

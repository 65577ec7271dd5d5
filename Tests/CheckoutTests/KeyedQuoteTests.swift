import JSONText
import Kernel
import Postgres
import Tenancy
import TestSupport
import Testing

/// A quote with a hold that is sent again under its Idempotency-Key.
@Suite struct KeyedQuoteTests {
    @Test func `a keyed quote is answered again, and what is kept of it cannot be tried against shoppers' ids`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market)
            let retailer = till.town.retailer
            let path = "/v1/retailers/\(retailer)/quotes"
            let body: JSONValue = [
                "store_id": "s1", "basket_id": "b1", "hold": true, "shopper_id": "h1", "lines": [Till.line(1, "p1", 10_000)],
            ]
            let key = [("Idempotency-Key", "basket-b1")]

            let first = try await market.post(path, as: till.key, body, headers: key)
            let again = try await market.post(path, as: till.key, body, headers: key)
            let changed = body.members.merging(["shopper_id": "h2"]) { $1 }
            let other = try await market.post(path, as: till.key, .object(changed), headers: key)
            let guess = Bytes(Array("POST \(path)\n".utf8) + body.jsonBytes)
            let isGuessed = try await market.database.read(as: .retailer(retailer)) { tx in
                try tx.query("SELECT fingerprint = sha256(\(guess)) FROM idempotency_claim WHERE key = 'basket-b1'") { row in
                    try row.next(Bool.self)
                }
            }

            #expect(first.status == 200)
            #expect((again.header("idempotent-replayed"), again.json) == ("true", first.json))
            #expect(other.json["code"] == "idempotency_key_reused")
            #expect(isGuessed == [false])
        }
    }
}

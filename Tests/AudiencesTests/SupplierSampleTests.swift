import Audiences
import JSONText
import Kernel
import Parties
import Postgres
import Tenancy
import TestSupport
import Testing

/// What a supplier reads is computed from the secret sample and from nobody else.
@Suite struct SupplierSampleTests {
    private static let shoppers = Int64(1)...400
    private static let oneIn: Int32 = 3

    /// Random receipts of many shoppers, on days around the snapshot's windows.
    private func slips(_ source: inout RandomTown, by keys: [Int64], count: Int, from number: Int) -> [Slip] {
        (0..<count).map { place in
            let lines = (0...source.roll(2)).map { _ in
                Slip.Line(product: Int32(source.roll(10)), paid: source.one([1_000, 2_000, 5_000] as [Int64]))
            }
            return Slip(
                number: number + place, shopper: source.one(keys), day: -source.roll(100), store: Int32(source.roll(3)),
                lines: lines)
        }
    }

    private func answers(_ town: Town, _ market: TestMarket, as key: KeyToken, _ bodies: [JSONValue]) async throws -> [JSONValue]
    {
        var answers: [JSONValue] = []
        for body in bodies {
            let reply = try await market.post("/v1/retailers/\(town.retailer)/audiences/preview", as: key, body)
            let said = reply.status == 200 ? reply.json : reply.json["errors"]
            answers.append(["status": .integer(Int64(reply.status)), "body": said])
        }
        return answers
    }

    @Test(arguments: [3, 5] as [UInt64])
    func `no bit of any answer depends on a shopper outside the sample`(seed: UInt64) async throws {
        try await TestMarket.run(supplierSample: Self.oneIn) { market in
            var source = RandomTown(seed: seed)
            let town = Town(database: market.database, retailer: try await market.makeRetailer())
            try await town.addCatalogue(source.products().map { ($0.brand, $0.category) })
            try await town.addShoppers(Self.shoppers)
            try await town.add(slips(&source, by: Array(Self.shoppers), count: 1_200, from: 0))
            for tag in RandomTown.tagNames {
                let onList = Self.shoppers.filter { _ in source.roll(3) == 0 }
                try await town.addTag(tag, onList)
            }
            let supplier = try await market.makeSupplier()
            try await town.addAgreement(supplier, insight: "all", market.clock.world)
            let key = try await market.key(of: supplier, .marketer)
            let bodies = try (0..<18).map { number -> JSONValue in
                let predicate = try JSONReader.parse(source.predicate().jsonBytes)
                return number < 3 ? ["predicate": predicate, "details": [:]] : ["predicate": predicate]
            }
            let isSampled = try await market.sample(of: town.retailer, oneIn: Self.oneIn)

            let before = try await answers(town, market, as: key, bodies)
            let outsiders = Self.shoppers.filter { !isSampled($0) }
            try await town.add(slips(&source, by: outsiders, count: 900, from: 10_000))
            try await town.addTag("vip_too", outsiders)
            try await town.leave(outsiders.filter { _ in source.roll(4) == 0 })
            let outsidersChanged = try await answers(town, market, as: key, bodies)
            try await town.add(slips(&source, by: Self.shoppers.filter(isSampled), count: 900, from: 20_000))
            let insidersChanged = try await answers(town, market, as: key, bodies)

            #expect(outsidersChanged == before, "seed \(seed)")
            #expect(insidersChanged != before, "seed \(seed)")
            let told = before.count { $0["body"]["shoppers"].integer != nil }
            #expect(told >= 5, "seed \(seed): \(told) of \(bodies.count) say a number")
        }
    }

    @Test func `an estimate is near the number, and the retailer's count is exact`() async throws {
        try await TestMarket.run(supplierSample: SupplierSampling.oneInDefault) { market in
            let town = Town(database: market.database, retailer: try await market.makeRetailer())
            try await town.addShoppers(1...3_000)
            try await town.addTag("all", Array(1...3_000))
            let supplier = try await market.makeSupplier()
            try await town.addAgreement(supplier, insight: "all", market.clock.world)
            let body: JSONValue = ["predicate": ["tags": ["any": ["all"]]]]
            let keys = [
                try await market.key(of: supplier, .marketer), try await market.key(of: town.retailer, .marketer),
            ]

            let told = try await answers(town, market, as: keys[0], [body])[0]["body"]["shoppers"].integer
            let exact = try await answers(town, market, as: keys[1], [body])[0]["body"]["shoppers"].integer

            // Four standard errors of both: sqrt(11 x 3 000) = 182, and the noise's 50.
            #expect(abs(try #require(told) - 3_000) < 4 * 189)
            #expect(exact == 3_000)
        }
    }
}

extension Town {
    /// They say no to personal offers, and are in no audience any more.
    fileprivate func leave(_ keys: [Int64]) async throws {
        let retailer = retailer
        try await write { tx in
            try tx.execute(
                "UPDATE shopper SET personal_offers = false WHERE retailer_id = \(retailer) AND shopper_key = ANY (\(keys))")
        }
    }
}

import App
import Audiences
import JSONText
import Kernel
import Parties
import Postgres
import Tenancy
import TestSupport
import Testing

/// What previews say by the index against what they say by the oracle, word for word.
@Suite struct IndexPreviewTests {
    private func ask(_ town: BusyTown, as key: KeyToken, _ bodies: [JSONValue]) async throws -> [JSONValue] {
        var answers: [JSONValue] = []
        for body in bodies {
            let reply = try await town.till.market.post("\(town.till.base)/audiences/preview", as: key, body)
            let said = reply.status == 200 ? reply.json : reply.json["errors"]
            answers.append(["status": .integer(Int64(reply.status)), "body": said])
        }
        return answers
    }

    @Test(arguments: [1, 2] as [Int32])
    func `a preview says the same by the index as by the oracle, to the retailer and to a supplier`(oneIn: Int32) async throws {
        try await TestMarket.run(audienceIndex: IndexBounds(), supplierSample: oneIn) { market in
            var town = try await BusyTown(in: market, seed: 61)
            let supplier = try await market.makeSupplier()
            try await Town(database: market.database, retailer: town.till.retailer)
                .addAgreement(supplier, insight: "all", market.clock.world)
            try await town.till.setFloor(10)
            let keys = [
                try await market.key(of: town.till.retailer, .marketer), try await market.key(of: supplier, .marketer),
            ]
            let saved = try await market.post(
                "\(town.till.base)/audiences", as: keys[1], ["name": "a", "predicate": ["purchase_frequency": ["gte": 1]]])
            let details: JSONValue = ["goods": ["brands": ["a"]], "overlap_with": saved.json["id"]]
            var bodies = try (0..<15).map { _ in try Self.body(town.source.heldPredicate()) }
            bodies += try (0..<4).map { _ in try Self.body(town.source.heldPredicate(), details) }
            bodies.append(["predicate": ["purchase_frequency": ["gte": 0]], "details": [:]])

            var byOracle: [[JSONValue]] = []
            for key in keys { byOracle.append(try await ask(town, as: key, bodies)) }
            let before = market.marketplace.indexes.answers
            await market.marketplace.indexes.advance()
            var byIndex: [[JSONValue]] = []
            for key in keys { byIndex.append(try await ask(town, as: key, bodies)) }
            let after = market.marketplace.indexes.answers

            for (key, pair) in zip(byIndex, byOracle).enumerated() {
                for (body, answers) in zip(bodies, zip(pair.0, pair.1)) {
                    #expect(answers.0 == answers.1, "key \(key): \(String(decoding: body.jsonBytes, as: UTF8.self))")
                }
            }
            #expect(before.index == 0 && after.oracle == before.oracle && after.index > 2 * bodies.count)
            #expect(byOracle[0].count { $0["status"] == 200 } > bodies.count / 2)
        }
    }

    @Test func `goods on several receipts, and a day that has closed, are asked of the oracle`() async throws {
        try await TestMarket.run(audienceIndex: IndexBounds()) { market in
            let town = try await BusyTown(in: market, seed: 67)
            let key = try await market.key(of: town.till.retailer, .marketer)
            let bodies: [JSONValue] = [
                ["predicate": ["bought": ["brands": ["a"], "within_days": 90, "min_receipts": 2]]],
                ["predicate": ["spend": ["gte": 1]], "as_of": "2026-02-01"], ["predicate": ["spend": ["gte": 1]]],
            ]
            _ = try await ask(town, as: key, bodies)
            await market.marketplace.indexes.advance()
            let before = market.marketplace.indexes.answers

            let answers = try await ask(town, as: key, bodies)

            let after = market.marketplace.indexes.answers
            #expect(answers.allSatisfy { $0["status"] == 200 })
            #expect((after.index - before.index, after.oracle - before.oracle) == (1, 2))
        }
    }

    @Test func `a floor that rises holds at once, and the index goes on`() async throws {
        try await TestMarket.run(audienceIndex: IndexBounds()) { market in
            let town = try await BusyTown(in: market, seed: 71)
            let supplier = try await market.makeSupplier()
            try await Town(database: market.database, retailer: town.till.retailer)
                .addAgreement(supplier, insight: "all", market.clock.world)
            let key = try await market.key(of: supplier, .marketer)
            let everybody: [JSONValue] = [["predicate": ["purchase_frequency": ["gte": 0]]]]
            try await town.till.setFloor(10)
            _ = try await ask(town, as: key, everybody)
            await market.marketplace.indexes.advance()

            try await town.till.setFloor(10_000)
            let answer = try await ask(town, as: key, everybody)

            #expect(answer[0]["body"]["below_floor"] == true)
            #expect(market.marketplace.indexes.answers.index == 1)
        }
    }

    @Test func `a supplier pays for every number of the details`() async throws {
        try await TestMarket.run { market in
            let town = try await BusyTown(in: market, seed: 73)
            let supplier = try await market.makeSupplier()
            let (retailer, database) = (town.till.retailer, market.database)
            try await Town(database: database, retailer: retailer).addAgreement(supplier, insight: "all", market.clock.world)
            let key = try await market.key(of: supplier, .marketer)
            let body: JSONValue = [
                "predicate": ["all": [["spend": ["gte": 1_000]], ["recency_days": ["lte": 30]]]],
                "details": ["goods": ["brands": ["a"]]],
            ]

            let first = try await ask(town, as: key, [body, body])
            let paid = try await database.read(as: .retailer(retailer)) { tx in
                try tx.one(
                    "SELECT count(*) FROM predicate_use WHERE retailer_id = \(retailer)", { row in try row.next(Int.self) })
            }

            #expect(first[0]["status"] == 200 && first[0] == first[1])
            // The predicate, 2 regions, 10 checks, 8 frequencies, 3 kinds of buyers, 2 leaves.
            #expect(paid == 26)
        }
    }

    private static func body(_ predicate: Predicate, _ details: JSONValue? = nil) throws -> JSONValue {
        var body: [String: JSONValue] = ["predicate": try JSONReader.parse(predicate.jsonBytes)]
        if let details { body["details"] = details }
        return .object(body)
    }
}

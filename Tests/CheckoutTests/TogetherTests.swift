import JSONText
import Kernel
import TestSupport
import Testing

/// Returns, voids and holds of many tills at once.
@Suite struct TogetherTests {
    @Test func `40 returns and voids at once give back exactly what was paid`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market)
            for number in 0..<40 {
                let sale = till.sale("s\(number)", discount: 1_500, shopper: "h\(number)")
                #expect(try await till.post(sale).status == 201)
            }
            #expect(try await till.spend() == [500_000 - 40 * 1_650, 40 * 1_650, 0])

            let replies = try await till.atOnce(
                (0..<40).map { number in
                    number.isMultiple(of: 4)
                        ? till.void("b\(number)", of: "s\(number)") : till.back("b\(number)", of: "s\(number)", amount: 8_500)
                })

            #expect(replies.allSatisfy { $0.status == 201 }, "\(replies.map(\.text))")
            #expect(try await till.spend() == [500_000, 0, 0])
            #expect(try await till.findings() == [])
        }
    }

    @Test func `pieces of one line that come back at once come back once each, and no more than were sold`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market)
            #expect(try await till.post(till.sale("s", quantity: 10, discount: 15_000)).status == 201)

            let replies = try await till.atOnce((0..<12).map { till.back("b\($0)", of: "s", amount: 8_500) })

            #expect(replies.filter { $0.status == 201 }.count == 10)
            let refused = replies.filter { $0.status != 201 }
            #expect(refused.allSatisfy { $0.status == 409 && $0.json["code"] == "return_exceeds_line" })
            #expect(try await till.spend() == [500_000, 0, 0])
            #expect(try await till.findings() == [])
        }
    }

    @Test func `holds that come at once share the budget, and an unknown store fails none of them`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market, budget: 20 * 1_650)
            let replies = try await till.atOnce(
                (0..<60).map { number in
                    [
                        "store_id": number == 30 ? "nowhere" : "s1", "basket_id": .string("b\(number)"), "hold": true,
                        "shopper_id": .string("h\(number)"), "lines": [Till.line(1, "p1", 10_000)],
                    ]
                }, "quotes")

            #expect(replies.enumerated().allSatisfy { $0.element.status == ($0.offset == 30 ? 422 : 200) })
            let discounts = replies.compactMap { $0.json["total_discount"]["amount"].integer }
            #expect(discounts.count == 59)
            #expect(discounts.filter { $0 == 1_500 }.count == 20)
            #expect(discounts.filter { $0 == 0 }.count == 39)
            #expect(try await till.spend() == [0, 0, 20 * 1_650])
            #expect(try await till.findings() == [])
        }
    }
}

extension Till {
    fileprivate func atOnce(_ bodies: [JSONValue], _ things: String = "receipts") async throws -> [TestClient.Reply] {
        try await withThrowingTaskGroup(of: (Int, TestClient.Reply).self) { group in
            for (place, body) in bodies.enumerated() {
                group.addTask {
                    (place, try await town.market.post("/v1/retailers/\(town.retailer)/\(things)", as: key, body))
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }
}

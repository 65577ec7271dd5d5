import App
import HTTPTypes
import JSONText
import Kernel
import Postgres
import TestSupport
import Testing

/// The built program: its index answers, follows what is posted on any node, and the next start loads it from its copy.
@Suite(.enabled(if: BuiltProgram.path != nil, BuiltProgram.missing))
struct AudienceIndexServiceTests {
    private struct Shop {
        let home: String
        let till: String
        let analyst: String

        static func open(_ program: ServedProgram) async throws -> Shop {
            let keys = try await BuiltProgram.run(["keys", "bootstrap"] + program.options)
            try #require(keys.isSuccess, "\(keys.output)")
            let api = ServedAPI(program: program, platform: String(keys.output.split(separator: "\n").last ?? ""))
            let retailer = try await api.create(
                "/v1/retailers", ["name": "Grocer", "currency": "RUB", "zone": "UTC", "language": "en"])
            let home = "/v1/retailers/\(retailer)"
            return Shop(
                home: home, till: try await api.key(home, role: "till"), analyst: try await api.key(home, role: "analyst"))
        }

        func sell(_ number: Int, to shopper: String, on program: ServedProgram) async throws {
            let now = OutsideWorld.real.now()
            let receipt: JSONValue = [
                "store_id": "s1", "till": "1", "business_day": .string("\(now.utcDay)"), "number": .string("\(number)"),
                "sold_at": .string("\(now)"), "shopper_id": .string(shopper),
                "lines": [
                    ["line_no": 1, "product_id": "p1", "quantity_milli": 1_000, "regular_amount": 100, "base_amount": 100]
                ],
            ]
            let reply = try await ServedAPI(program: program, platform: "").send(.post, home + "/receipts", receipt, as: till)
            try #require(reply.status == 201 || reply.status == 200, "\(reply.text)")
        }

        /// Who bought today.
        func count(on program: ServedProgram) async throws -> Int64 {
            let body: JSONValue = ["predicate": ["recency_days": ["lte": 0]]]
            let path = home + "/audiences/preview"
            let reply = try await ServedAPI(program: program, platform: "").send(.post, path, body, as: analyst)
            return try #require(reply.json["shoppers"].integer, "\(reply.text)")
        }
    }

    /// A number of the metrics page.
    private func metric(_ name: String, of program: ServedProgram) async throws -> Double {
        let page = try await program.client?.sendOnce(.get, "/metrics").text ?? ""
        let line = page.split(separator: "\n").first { $0.hasPrefix(name + " ") }
        return line?.split(separator: " ").last.flatMap { Double($0) } ?? -1
    }

    /// Asks until the index answers.
    private func warm(_ program: ServedProgram, _ shop: Shop) async throws {
        let answers = "tradewind_audience_answers{by=\"index\"}"
        let before = max(0, try await metric(answers, of: program))
        while try await metric(answers, of: program) <= before {
            _ = try await shop.count(on: program)
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    @Test func `what one node takes in shows on the other within two seconds, and the next start loads the copy`() async throws {
        let (database, address) = try await TestDatabase.cloneWithAddress()
        await database.close()
        let environment = [
            "TRADEWIND_DRAIN_SECONDS": "0", "TRADEWIND_RATE_HEAVY_KEY": "1000000", "TRADEWIND_RATE_HEAVY_TENANT": "1000000",
        ]
        try await ServedProgram.run(named: "index-one", on: address, environment: environment) { one in
            let shop = try await Shop.open(one)
            try await shop.sell(1, to: "ann", on: one)
            try await ServedProgram.run(named: "index-two", on: address, environment: environment) { two in
                try await warm(one, shop)
                try await warm(two, shop)
                var delays: [Duration] = []
                for number in 2...6 {
                    try await shop.sell(number, to: "h\(number)", on: one)
                    let posted = ContinuousClock.now
                    var (asked, seen) = (posted, Int64(0))
                    while seen < number, asked - posted <= .seconds(2) {
                        asked = ContinuousClock.now
                        seen = try await shop.count(on: two)
                    }
                    #expect(seen == number, "asked \(asked - posted) after the receipt")
                    delays.append(asked - posted)
                }
                print("audience index: a receipt of another node showed after \(delays)")
                #expect(try await metric("tradewind_audience_index_faults_total", of: two) == 0)
            }
            await one.stopServer()
            try await one.start()
            try await warm(one, shop)
            #expect(one.log.contains("audience index: loaded from its copy"))
            #expect(!one.log.contains("audience index: building"))
            #expect(try await shop.count(on: one) == 6)
        }
    }
}

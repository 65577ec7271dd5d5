import JSONText
import Kernel
import Postgres
import Tenancy
import TestSupport
import Testing

/// What is sealed never changes.
@Suite struct SealTests {
    @Test func `a late receipt stands in the open statement and changes nothing that is sealed`() async throws {
        try await TestMarket.run { market in
            let treasury = try await Treasury.open(in: market)
            try await treasury.live()
            let id = try await treasury.openStatement()
            let before = figures(try await treasury.get("statements/\(id)").json)
            let sealed = try await treasury.seal(id)
            let paths = ["", "/lines", "/unfunded"].flatMap { ["statements/\(id)\($0)", "statements/\(id)\($0)?format=csv"] }
            var read: [String] = []
            for path in paths { read.append(try await treasury.get(path).text) }

            try await treasury.town.advance(to: "2026-03-11T09:00:00Z")
            try await treasury.sell("6", "p1", 10_000, discount: 1_700)
            try await treasury.takeBack("7", of: "3", "p1", 10_000, discount: 2_000)

            #expect(figures(sealed.json) == before)
            for (path, text) in zip(paths, read) { #expect(try await treasury.get(path).text == text, "\(path)") }
            let next = try await treasury.openStatement()
            let lines = try await treasury.all("statements/\(next)/lines", limit: 10)
            #expect(
                Set(
                    lines.map {
                        "\($0["kind"].string ?? "") \($0["business_day"].string ?? "") \($0["change"]["amount"].integer ?? 0)"
                    })
                    == [
                        "redemption 2026-03-09 -1500", "fee 2026-03-09 -150", "return 2026-03-09 1500",
                        "fee_return 2026-03-09 150",
                    ])
            let unfunded = try await treasury.all("statements/\(next)/unfunded", limit: 10)
            #expect(unfunded.map { $0["unfunded_amount"] } == [200])
            #expect(next == sealed.json["next_statement_id"].string)
            #expect(try await treasury.findings() == [])
        }
    }

    @Test func `a statement is sealed once, by a person, and told to both`() async throws {
        try await TestMarket.run { market in
            let treasury = try await Treasury.open(in: market)
            let id = try await treasury.openStatement()
            let service = try await market.key(of: treasury.town.retailer, .treasurer)
            let refused = try await treasury.seal(id, as: service)
            let sealed = try await treasury.seal(id, once: "march")
            let replayed = try await treasury.seal(id, once: "march")
            let again = try await treasury.seal(id)
            let unknown = try await treasury.seal("statement_01jnb2ws00fv9rvk5e8x2c6m4a")
            let bare = try await market.send(.post, "\(treasury.base)/statements/\(id)/seal", as: treasury.treasurer, nil)

            #expect(refused.status == 403 && refused.json["code"] == "person_needed")
            #expect(sealed.status == 200 && sealed.json["state"] == "sealed")
            #expect(replayed.status == 200 && replayed.json == sealed.json)
            #expect(again.status == 409 && again.json["code"] == "statement_sealed")
            #expect(unknown.status == 404)
            #expect(bare.status == 400 && bare.json["code"] == "idempotency_key_required")

            let admin = try await market.key(of: treasury.town.supplier, .admin)
            let told = try await market.get("\(treasury.base)/events?limit=1000", as: admin).json["data"].elements
                .filter { $0["type"] == "statement.sealed" }
            #expect(told.count == 1)
            #expect(
                told.first?["data"] == [
                    "statement_id": .string(id), "wallet_id": .string("\(treasury.town.wallet)"),
                    "supplier_id": .string("\(treasury.town.supplier)"), "number": 1,
                    "next_statement_id": sealed.json["next_statement_id"],
                    "opening_balance": ["amount": 0, "currency": "RUB"],
                    "closing_balance": ["amount": 1_000_000, "currency": "RUB"],
                    "payable": ["amount": 0, "currency": "RUB"], "owed_back": ["amount": 0, "currency": "RUB"],
                ])
        }
    }

    @Test func `of many who seal at once one does, and the others are told`() async throws {
        try await TestMarket.run { market in
            let treasury = try await Treasury.open(in: market)
            let id = try await treasury.openStatement()
            let answers = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<6 { group.addTask { try await treasury.seal(id).status } }
                return try await group.reduce(into: []) { $0.append($1) }
            }

            #expect(answers.sorted() == [200, 409, 409, 409, 409, 409])
            #expect(try await treasury.findings() == [])
        }
    }

    @Test func `statements that are sealed while tills post hold every transfer once`() async throws {
        try await TestMarket.run { market in
            let treasury = try await Treasury.open(in: market)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for till in 0..<4 {
                    group.addTask {
                        for sale in 0..<12 { try await treasury.sell("\(till)-\(sale)", "p1", 10_000, discount: 1_600) }
                    }
                }
                group.addTask {
                    for _ in 0..<6 { _ = try await treasury.seal(try await treasury.openStatement()) }
                }
                try await group.waitForAll()
            }
            let heads = try await treasury.all("statements", limit: 3)
            var (paid, unfunded, lines) = (Int64(0), Int64(0), Set<JSONValue>())
            for head in heads {
                let id = head["id"].string ?? ""
                let statement = figures(try await treasury.get("statements/\(id)").json)
                paid += statement["redemptions"] ?? 0
                unfunded += statement["unfunded"] ?? 0
                for line in try await treasury.all("statements/\(id)/lines", limit: 50) {
                    #expect(lines.insert(line["transfer_id"]).inserted)
                }
            }

            #expect(heads.count == 7)
            #expect(paid == 48 * 1_500)
            #expect(unfunded == 48 * 100)
            #expect(lines.count == 2 + 48 * 2)
            #expect(try await treasury.findings() == [])
        }
    }
}

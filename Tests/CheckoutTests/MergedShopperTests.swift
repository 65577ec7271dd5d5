import HTTPTypes
import JSONText
import Kernel
import Ledger
import Parties
import Postgres
import Tenancy
import TestSupport
import Testing

/// What merging, detaching and erasing a shopper does to limits, holds, receipts and everything else that names them.
@Suite struct MergedShopperTests {
    @Test func `what two shoppers took of a limit is added up when they are one, what is kept as well`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market, limits: ["units_per_shopper": 3, "units_per_receipt": 2])
            let feed = try await market.key(of: till.town.retailer, .feed)
            let base = "/v1/retailers/\(till.town.retailer)/shoppers"
            try await till.buy("1", units: 2, by: "a")
            try await till.buy("2", units: 2, by: "b")
            _ = try await till.quote(lines: [Till.line(1, "p1", 10_000)], hold: "b1", shopper: "a")

            let merged = try await market.post("\(base)/a/merge", as: feed, ["into": "b"])
            let quote = try await till.quote(lines: [Till.line(1, "p1", 10_000)], shopper: "a")

            #expect(merged.status == 200)
            #expect(try await till.counted() == ["units_per_shopper 2 4 1 3 2"])
            #expect(quote["lines"][0]["discounts"].elements == [])
            #expect(try await till.findings() == [])
        }
    }

    @Test func `a receipt with held quotes of two cards that were merged meanwhile is paid both`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market, limits: ["units_per_shopper": 1, "units_per_receipt": 10])
            let feed = try await market.key(of: till.town.retailer, .feed)
            let first = try await till.quote(lines: [Till.line(1, "p1", 10_000)], hold: "b1", shopper: "a")
            let second = try await till.quote(lines: [Till.line(2, "p1", 10_000)], hold: "b2", shopper: "b")
            _ = try await market.post("/v1/retailers/\(till.town.retailer)/shoppers/a/merge", as: feed, ["into": "b"])
            var receipt = till.receipt(
                "1",
                [
                    Till.line(1, "p1", 10_000, discounts: [till.discount(first, 1_500)]),
                    Till.line(2, "p1", 10_000, discounts: [till.discount(second, 1_500)]),
                ]
            ).members
            receipt["shopper_id"] = "b"
            let paid = try await till.post(.object(receipt))

            #expect(paid.status == 201, "\(paid.text)")
            #expect(paid.json["discounts"].elements.map { $0["funded_amount"] } == [1_500, 1_500])
            #expect(try await till.counted() == ["units_per_shopper 2 2 0 1 1"])
            #expect(try await till.findings() == [])
        }
    }

    @Test func `a detached card takes its receipts along`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market)
            let (retailer, feed) = (till.town.retailer, try await market.key(of: till.town.retailer, .feed))
            let base = "/v1/retailers/\(retailer)/shoppers"
            try await till.buy("1", units: 1, by: "a")
            try await till.buy("2", units: 1, by: "b")
            _ = try await market.post("\(base)/a/merge", as: feed, ["into": "b"])
            #expect(try await till.receipts(of: "b") == ["1", "2"])

            let detached = try await market.send(.post, "\(base)/a/detach", as: feed, nil)

            #expect(detached.status == 200)
            #expect(try await till.receipts(of: "a") == ["1"])
            #expect(try await till.receipts(of: "b") == ["2"])
            #expect(try await till.findings() == [])
        }
    }

    @Test func `an erased shopper stands in no column of any table, and a receipt sent again brings nobody back`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market)
            let (retailer, feed) = (till.town.retailer, try await market.key(of: till.town.retailer, .feed))
            let base = "/v1/retailers/\(retailer)/shoppers"
            let (card, app) = ("card-\(UInt64.random(in: 1...UInt64.max))", "app-\(UInt64.random(in: 1...UInt64.max))")
            try await till.buy("1", units: 1, by: card)
            try await till.buy("2", units: 1, by: app)
            _ = try await market.send(.put, "\(base)/\(card)/tags/cats", as: feed, nil)
            _ = try await market.post("\(base)/\(card)/merge", as: feed, ["into": .string(app)])
            _ = try await till.quote(lines: [Till.line(1, "p1", 10_000)], hold: "b1", shopper: card)
            let lines = "{\"shopper_id\":\"\(card)\",\"kind\":\"nobody\"}\n"
            _ = try await market.upload(
                "/v1/retailers/\(retailer)/imports/shoppers", as: feed, Array(lines.utf8),
                type: "application/x-ndjson")
            #expect(try await till.places(naming: card) == ["import_reject", "shopper_card"])

            let erased = try await market.delete("\(base)/\(card)", as: feed)
            let again = try await till.post(till.bought("1", units: 1, by: card))

            #expect(erased.status == 204)
            #expect(again.status == 200)
            #expect(again.json["state"] == "replayed")
            #expect(try await till.places(naming: card) == [])
            #expect(try await till.places(naming: app) == [])
            #expect(try await till.spend()[2] == 0)
            #expect(try await till.findings() == [])
        }
    }
}

extension Till {
    func bought(_ number: String, units: Int64, by shopper: String) -> JSONValue {
        let amount = 1_500 * units
        var line = Self.line(1, "p1", 10_000 * units, quantity: units, discounts: [discount(nil, amount)])
        if case .object(var members) = line {
            members["paid_amount"] = .integer(10_000 * units - amount)
            line = .object(members)
        }
        guard case .object(var receipt) = receipt(number, [line]) else { return .null }
        receipt["shopper_id"] = .string(shopper)
        return .object(receipt)
    }

    func buy(_ number: String, units: Int64, by shopper: String) async throws {
        let reply = try await post(bought(number, units: units, by: shopper))
        guard reply.status == 201 else { throw Refused(action: "buy", status: reply.status, body: reply.text) }
    }

    /// The counters that bind one shopper: counter, subject, used, held, limit and what is above it.
    fileprivate func counted() async throws -> [String] {
        let retailer = town.retailer
        return try await town.market.database.read(as: .retailer(retailer)) { tx in
            try tx.query(
                """
                SELECT concat_ws(' ', counter, subject, used, held, limit_units, over_units)
                FROM limit_counter
                WHERE retailer_id = \(retailer) AND subject <> ''
                ORDER BY subject, counter
                """, { row in try row.next(String.self) })
        }
    }

    fileprivate func receipts(of shopper: String) async throws -> [String] {
        let admin = try await town.market.key(of: town.retailer, .admin)
        let path = "/v1/retailers/\(town.retailer)/receipts?from=2026-03-09&to=2026-03-09&shopper_id=\(shopper)"
        let reply = try await town.market.get(path, as: admin)
        return reply.json["data"].elements.compactMap { $0["number"].string }
    }

    /// The tables, partitions included, of which any column of any row holds the id, as text or as bytes: read past every
    /// fence.
    fileprivate func places(naming id: String) async throws -> [String] {
        let (text, hex) = (
            "%\(id)%", "%" + id.utf8.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() + "%"
        )
        let superuser = try await TestDatabase.superuser()
        let found = try await superuser.administer { tx in
            try tx.query(
                """
                SELECT relname::text
                FROM pg_class
                JOIN pg_namespace ON pg_namespace.oid = pg_class.relnamespace AND nspname = 'public'
                WHERE relkind = 'r' AND (xpath('/row/found/text()', query_to_xml(
                    format('SELECT EXISTS (SELECT FROM %I AS row WHERE row::text LIKE ANY (%L)) AS found',
                        relname, \([text, hex])::text[]), false, true, '')))[1]::text = 'true'
                ORDER BY relname
                """, { row in try row.next(String.self) })
        }
        await superuser.close()
        return found
    }
}

import HTTPTypes
import JSONText
import Kernel
import Parties
import Postgres
import Receipts
import Tenancy
import TestSupport

/// A retailer with one till, worked through the service: whatever it does leaves what the service leaves.
struct ShopTill: Sendable {
    let market: TestMarket
    let retailer: RetailerID
    let admin: KeyToken
    let till: KeyToken

    var base: String { "/v1/retailers/\(retailer)" }

    init(_ market: TestMarket) async throws {
        self.market = market
        retailer = try await market.makeRetailer()
        admin = try await market.key(of: retailer, .admin)
        till = try await market.key(of: retailer, .till)
        try await Months.attached(on: market.database, retailer)
    }

    /// The business day that runs, in Moscow.
    var today: BusinessDay { market.clock.now.adding(seconds: 3 * 3_600).utcDay }

    func sell(
        _ number: Int, to shopper: String?, _ lines: [(product: String, paid: Int64)], on day: BusinessDay? = nil,
        at store: String = "s1"
    ) async throws {
        var receipt = head(number, "sale", on: day, at: store)
        if let shopper { receipt["shopper_id"] = .string(shopper) }
        receipt["lines"] = .array(
            lines.enumerated().map { place, line in Self.line(place + 1, line.product, 1_000, line.paid) })
        try await file(receipt)
    }

    /// Half of a piece comes back where `milli` says so.
    func `return`(
        _ number: Int, of sale: Int, line: Int64, by shopper: String?, on day: BusinessDay? = nil, soldOn: BusinessDay? = nil,
        at store: String = "s1", product: String = "milk", milli: Int64 = 1_000, amount: Int64 = 1_000
    ) async throws {
        var receipt = head(number, "return", on: day, at: store)
        if let shopper { receipt["shopper_id"] = .string(shopper) }
        guard case .object(var returned) = Self.line(1, product, milli, amount) else { return }
        returned["original"] = ["key": .object(key(sale, on: soldOn, at: store)), "line_no": .integer(line)]
        receipt["lines"] = [.object(returned)]
        try await file(receipt)
    }

    /// Nobody says of which receipt.
    func returnUnmatched(_ number: Int, by shopper: String, product: String, amount: Int64) async throws {
        var receipt = head(number, "return", on: nil, at: "s1")
        receipt["shopper_id"] = .string(shopper)
        receipt["lines"] = [Self.line(1, product, 1_000, amount)]
        try await file(receipt)
    }

    func void(_ number: Int, of sale: Int, on day: BusinessDay? = nil, at store: String = "s1") async throws {
        var receipt = head(number, "void", on: day, at: store)
        receipt["original"] = .object(key(sale, on: day, at: store))
        receipt["lines"] = nil
        try await file(receipt)
    }

    func tag(_ tag: String, _ shoppers: [String], remove: [String] = []) async throws {
        let body: JSONValue = ["add": Self.texts(shoppers), "remove": Self.texts(remove)]
        try expect(await market.post("\(base)/tags/\(tag)/members", as: admin, body))
    }

    func replaceTag(_ tag: String, with shoppers: [String]) async throws {
        try await put("tags/\(tag)/members", ["shopper_ids": Self.texts(shoppers)])
    }

    func put(_ path: String, _ body: JSONValue) async throws {
        try expect(await market.put("\(base)/\(path)", as: admin, body))
    }

    func merge(_ shopper: String, into other: String) async throws {
        try expect(await market.post("\(base)/shoppers/\(shopper)/merge", as: admin, ["into": .string(other)]))
    }

    func detach(_ shopper: String) async throws {
        try expect(await market.send(.post, "\(base)/shoppers/\(shopper)/detach", as: admin, nil))
    }

    func erase(_ shopper: String) async throws {
        try expect(await market.delete("\(base)/shoppers/\(shopper)", as: admin))
    }

    func setFloor(_ shoppers: Int64) async throws {
        let tag = try await market.get("\(base)/policy", as: admin).header("etag") ?? ""
        try expect(
            await market.patch(
                "\(base)/policy", as: admin, ["privacy_floor": .integer(shoppers)], headers: [("If-Match", tag)]))
    }

    func delete(_ path: String) async throws { try expect(await market.delete("\(base)/\(path)", as: admin)) }

    /// The key of an id that is known.
    func key(of shopper: String) async throws -> Int64 {
        let retailer = retailer
        return try await market.database.read(as: .retailer(retailer)) { tx in
            try tx.one(
                "SELECT shopper_key FROM shopper_card WHERE retailer_id = \(retailer) AND shopper_id = \(shopper)",
                { row in try row.next() })
        }
    }

    /// History as a feed brings it, and what a till sends within the same day, take one way into the tables.
    private func file(_ receipt: [String: JSONValue]) async throws {
        let (parsed, retailer, world) = (try Receipt.parse(.object(receipt)), retailer, market.clock.world)
        let outcome = try await market.database.transaction(as: .retailer(retailer)) { tx in
            try tx.file([parsed], as: Filing(retailer, from: .history, in: world)).outcomes[0]
        }
        if case .refused(let refusal) = outcome { throw refusal }
    }

    private func head(_ number: Int, _ kind: String, on day: BusinessDay?, at store: String) -> [String: JSONValue] {
        var receipt = key(number, on: day, at: store)
        receipt["kind"] = .string(kind)
        receipt["sold_at"] = .string("\(day ?? today)T09:00:00Z")
        return receipt
    }

    private func key(_ number: Int, on day: BusinessDay?, at store: String) -> [String: JSONValue] {
        [
            "store_id": .string(store), "till": "1", "business_day": .string("\(day ?? today)"), "number": .string("\(number)"),
        ]
    }

    private static func line(_ lineNo: Int, _ product: String, _ milli: Int64, _ paid: Int64) -> JSONValue {
        [
            "line_no": .integer(Int64(lineNo)), "product_id": .string(product), "quantity_milli": .integer(milli),
            "regular_amount": .integer(paid), "base_amount": .integer(paid), "paid_amount": .integer(paid),
        ]
    }

    private static func texts(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }

    private func expect(_ reply: TestClient.Reply) throws {
        guard reply.status < 300 else { throw Unexpected(reply: "\(reply.status) \(reply.text)") }
    }

    private struct Unexpected: Error { let reply: String }
}

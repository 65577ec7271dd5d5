import App
import Checkout
import HTTPTypes
import JSONText
import Kernel
import Postgres
import Tenancy
import TestSupport

/// Steps of tills before a sale.
extension History {
    /// One line for one campaign, or for both.
    mutating func drawBasket() -> (lines: [(campaign: Int, quantity: Int64)], shopper: Int?) {
        let both = Bool.random(using: &random)
        let first = Int.random(in: 0..<2, using: &random)
        let chosen = both ? [0, 1] : [first]
        let lines = chosen.map { (campaign: $0, quantity: Int64.random(in: 1...4, using: &random)) }
        let shopper = Int.random(in: 0..<4, using: &random)
        return (lines, shopper == 3 ? nil : shopper)
    }

    func line(_ number: Int, _ campaign: Int, _ quantity: Int64) -> [String: JSONValue] {
        let base = model.campaigns[campaign].terms.price * quantity
        return [
            "line_no": .integer(Int64(number)), "product_id": .string(HistoryTown.product(slot, campaign)),
            "quantity_milli": .integer(quantity * 1_000), "unit": "piece", "regular_amount": .integer(base),
            "base_amount": .integer(base),
        ]
    }

    static func shopperID(_ shopper: Int) -> JSONValue { .string("h\(shopper)") }

    private func ask(
        _ lines: [(campaign: Int, quantity: Int64)], _ shopper: Int?, basket: String?
    ) async throws -> TestClient.Reply {
        var body: [String: JSONValue] = [
            "store_id": "s1", "lines": .array(lines.map { .object(line($0.campaign + 1, $0.campaign, $0.quantity)) }),
        ]
        if let shopper { body["shopper_id"] = Self.shopperID(shopper) }
        if let basket {
            body["basket_id"] = .string(basket)
            body["hold"] = true
        }
        return try await town.send(.post, "quotes", as: town.till, .object(body))
    }

    /// What the answer says of each line is what the model gives.
    private func expect(_ reply: TestClient.Reply, gives kept: [ModelKept]) throws {
        try expect(reply, 200)
        let found = reply.json["lines"].elements.flatMap { line in
            line["discounts"].elements.map {
                "\(line["line_no"].integer ?? 0): \($0["units"].integer ?? 0) for \($0["amount"].integer ?? 0)"
            }
        }
        let wanted = kept.map { "\($0.campaign + 1): \($0.units) for \($0.amount)" }
        guard found == wanted else { throw failure("quoted \(found), not \(wanted): \(reply.text)") }
    }

    mutating func quote() async throws -> Bool {
        let (lines, shopper) = drawBasket()
        log.append("quote \(lines) for \(shopper ?? -1)")
        let kept = model.quote(lines, shopper)
        let reply = try await ask(lines, shopper, basket: nil)
        try expect(reply, gives: kept)
        tokens.append((reply.json["quote_id"].string ?? "", shopper, kept))
        return true
    }

    /// Often in place of the basket's earlier one. A basket whose hold has lapsed unseen takes a new name.
    mutating func hold() async throws -> Bool {
        let (lines, shopper) = drawBasket()
        let isAgain = Int.random(in: 0..<3, using: &random) == 0
        let earlier = model.holds.filter { $0.state == .live }.map(\.basket).randomElement(using: &random)
        let fresh = name("basket")
        let basket = isAgain ? earlier ?? fresh : fresh
        log.append("hold \(lines) for \(shopper ?? -1) as \(basket)")
        let kept = model.hold(lines, shopper, basket: basket)
        let reply = try await ask(lines, shopper, basket: basket)
        try expect(reply, gives: kept)
        quoteIDs.append(reply.json["quote_id"].string ?? "")
        return true
    }

    mutating func release() async throws -> Bool {
        guard let index = model.holds.indices.filter({ model.holds[$0].state == .live }).randomElement(using: &random) else {
            return false
        }
        log.append("release \(model.holds[index].basket)")
        let reply = try await town.send(.delete, "quotes/\(quoteIDs[index])", as: town.till)
        try expect(reply, 204)
        model.holds[index].state = .over
        return true
    }

    /// The time of one hold, or of all, is up; half of the times a sweep comes by.
    mutating func lapse() async throws -> Bool {
        let live = model.holds.indices.filter { model.holds[$0].state == .live }
        guard let one = live.randomElement(using: &random) else { return false }
        let chosen = Bool.random(using: &random) ? live : [one]
        let isSwept = Bool.random(using: &random)
        log.append("lapse \(chosen.map { model.holds[$0].basket })\(isSwept ? ", swept" : "")")
        try await lapse(chosen, isSwept: isSwept)
        return true
    }

    mutating func endHolds() async throws {
        try await lapse(model.holds.indices.filter { model.holds[$0].state == .live }, isSwept: true)
    }

    private mutating func lapse(_ chosen: [Int], isSwept: Bool) async throws {
        let (retailer, quotes) = (town.retailer, chosen.compactMap { HistoryQuoteID(quoteIDs[$0]) })
        try await town.market.database.transaction(as: .retailer(retailer)) { tx in
            for table in ["held_quote", "hold"] as [StaticString] {
                _ = try tx.execute(
                    """
                    UPDATE \(raw: table) SET expires_at = clock_timestamp() - interval '1 second'
                    WHERE retailer_id = \(retailer) AND quote_id = ANY (\(quotes)) AND state = 'pending'
                    """)
            }
        }
        for index in chosen {
            model.holds[index].state = .lapsed
            model.holds[index].isUnswept = true
        }
        guard isSwept else { return }
        _ = try await town.market.marketplace.quoteSweeper.sweep(retailer)
        for index in model.holds.indices { model.holds[index].isUnswept = false }
    }
}

private enum HistoryQuoteKind: IDKind { static let prefix = "quote" }
private typealias HistoryQuoteID = TypedID<HistoryQuoteKind>

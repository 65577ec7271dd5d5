import HTTPTypes
import JSONText
import Kernel
import TestSupport

/// Steps of tills: what was sold, what came back.
extension History {
    /// On a hold, on a signed quote, or on nothing; for as much as was quoted, less, or more; now or told of later.
    mutating func sell() async throws -> Bool {
        guard campaigns.indices.contains(where: { model.campaigns[$0].isLaunched }) else { return false }
        let draft = drawClaims()
        let claims = draft.claims.filter { model.campaigns[$0.campaign].isLaunched }
        guard !claims.isEmpty else { return false }
        let soldAt = soldAt(claims)
        let number = name("sale")
        log.append(
            "sell \(number) \(claims.map { "\($0.quantity) of \($0.campaign) claiming \($0.claimed) on \($0.basis)" }) for \(draft.shopper ?? -1) at \(soldAt)"
        )
        let body = receipt(number, claims, draft.shopper, draft.ids, soldAt)
        let funded = model.sell(claims, draft.shopper, number: number, soldAt: soldAt)
        let reply = try await town.send(.post, "receipts", as: town.till, body)
        try expect(reply, 201)
        let discounts = reply.json["discounts"]
        let found = discounts.elements.compactMap { $0["funded_amount"].integer }
        guard found == funded else { throw failure("funded \(found), not \(funded): \(reply.text)") }
        redemptions.append(discounts.elements.map { $0["redemption_id"].string ?? "" })
        sent.append((body, discounts))
        return true
    }

    /// What a till claims, and the id of the quote that each claim names.
    private mutating func drawClaims() -> (claims: [ModelClaim], shopper: Int?, ids: [String?]) {
        let way = Int.random(in: 0..<5, using: &random)
        if way < 2, let index = model.holds.indices.filter({ !model.holds[$0].kept.isEmpty }).randomElement(using: &random) {
            let hold = model.holds[index]
            let claims = hold.kept.map { claim($0, on: .hold(index), isPart: Bool.random(using: &random)) }
            return (claims, hold.shopper, claims.map { _ in quoteIDs[index] })
        }
        if way == 2, let token = tokens.filter({ !$0.kept.isEmpty }).randomElement(using: &random) {
            let claims = token.kept.map { claim($0, on: .token($0), isPart: false) }
            return (claims, token.shopper, claims.map { _ in token.id })
        }
        let (lines, shopper) = drawBasket()
        let claims = lines.map { line in
            let whole = ModelKept(
                campaign: line.campaign, quantity: line.quantity, units: line.quantity,
                amount: line.quantity * model.campaigns[line.campaign].terms.discount)
            return claim(whole, on: .nothing, isPart: false)
        }
        return (claims, shopper, claims.map { _ in nil })
    }

    private mutating func claim(_ kept: ModelKept, on basis: ModelClaim.Basis, isPart: Bool) -> ModelClaim {
        let quantity = isPart ? Int64.random(in: 1...kept.quantity, using: &random) : kept.quantity
        let amount = kept.amount * quantity / kept.quantity
        let claimed =
            switch Int.random(in: 0..<6, using: &random) {
            case 0: Int64.random(in: 1...max(1, amount), using: &random)
            case 1: amount + Int64.random(in: 1...50, using: &random)
            default: max(1, amount)
            }
        return ModelClaim(
            campaign: kept.campaign, quantity: quantity,
            claimed: min(claimed, quantity * model.campaigns[kept.campaign].terms.price), basis: basis)
    }

    /// Mostly now; now and then a till was offline, since all campaigns of the receipt ran.
    private mutating func soldAt(_ claims: [ModelClaim]) -> Int {
        guard !model.isOver, Int.random(in: 0..<4, using: &random) == 0 else { return model.minute }
        let earliest = claims.compactMap { model.campaigns[$0.campaign].launchedAt }.max() ?? model.minute
        return Int.random(in: min(earliest, model.minute)...model.minute, using: &random)
    }

    private func receipt(
        _ number: String, _ claims: [ModelClaim], _ shopper: Int?, _ ids: [String?], _ soldAt: Int
    ) -> JSONValue {
        let lines: [JSONValue] = zip(claims, ids).map { claim, id in
            var line = line(claim.campaign + 1, claim.campaign, claim.quantity)
            let base = model.campaigns[claim.campaign].terms.price * claim.quantity
            var discount: [String: JSONValue] = [
                "campaign_id": .string("\(campaigns[claim.campaign])"), "amount": .integer(claim.claimed),
            ]
            if let id { discount["quote_id"] = .string(id) }
            line["discounts"] = [.object(discount)]
            line["paid_amount"] = .integer(base - claim.claimed)
            return .object(line)
        }
        var body = head(number, kind: "sale", soldAt)
        body["lines"] = .array(lines)
        if let shopper { body["shopper_id"] = Self.shopperID(shopper) }
        return .object(body)
    }

    private func head(_ number: String, kind: String, _ soldAt: Int) -> [String: JSONValue] {
        let base = model.isOver ? Self.afterClose : Self.start
        return [
            "store_id": "s1", "till": "1", "business_day": .string("\(base.utcDay)"), "number": .string(number),
            "kind": .string(kind), "sold_at": .string("\(base.adding(seconds: Int64(soldAt) * 60))"),
        ]
    }

    private func key(of sale: Int) -> JSONValue {
        // Only what was sold before the close comes back.
        [
            "store_id": "s1", "till": "1", "business_day": .string("\(Self.start.utcDay)"),
            "number": .string(model.sales[sale].number),
        ]
    }

    /// Pieces of a line, refunded as what they were: undiscounted ones first, or discounted ones and the money proves it.
    mutating func takeBack() async throws -> Bool {
        let open = model.sales.indices.flatMap { sale in
            model.sales[sale].isVoided || model.sales[sale].isAfterClose
                ? [] : model.sales[sale].lines.indices.filter { model.sales[sale].lines[$0].rest > 0 }.map { (sale, $0) }
        }
        guard let (sale, index) = open.randomElement(using: &random) else { return false }
        let sold = model.sales[sale].lines[index]
        let pieces = Int64.random(in: 1...sold.rest, using: &random)
        let price = model.campaigns[sold.campaign].terms.price
        let isDiscounted = Bool.random(using: &random) || sold.units >= sold.quantity
        let each = isDiscounted ? price - sold.claimed / max(1, min(sold.units, sold.quantity)) : price
        // Never more in all than was paid.
        let refund = max(0, min(pieces * each, price * sold.quantity - sold.claimed - sold.refunded))
        let number = name("return")
        log.append("take back \(pieces) of \(model.sales[sale].number) line \(index) for \(refund)")
        var line = line(1, sold.campaign, pieces)
        line["paid_amount"] = .integer(refund)
        line["original"] = ["key": key(of: sale), "line_no": .integer(Int64(sold.campaign + 1))]
        var body = head(number, kind: "return", model.minute)
        body["lines"] = [.object(line)]
        model.takeBack(sale: sale, line: index, pieces, refunded: refund)
        let reply = try await town.send(.post, "receipts", as: town.till, .object(body))
        try expect(reply, 201)
        sent.append((.object(body), reply.json["discounts"]))
        return true
    }

    /// On the sale's own day, and of what nobody has brought back.
    mutating func void() async throws -> Bool {
        let open = model.sales.indices.filter { sale in
            !model.sales[sale].isVoided && model.sales[sale].lines.allSatisfy { $0.returned == 0 }
        }
        guard !model.isOver, let sale = open.randomElement(using: &random) else { return false }
        let number = name("void")
        log.append("void \(model.sales[sale].number)")
        var body = head(number, kind: "void", model.minute)
        body["original"] = key(of: sale)
        body["lines"] = []
        model.void(sale: sale)
        let reply = try await town.send(.post, "receipts", as: town.till, .object(body))
        try expect(reply, 201)
        sent.append((.object(body), reply.json["discounts"]))
        return true
    }

    /// A till sends a receipt again, or another under its key.
    mutating func repeatReceipt() async throws -> Bool {
        guard let (body, discounts) = sent.randomElement(using: &random) else { return false }
        let isOther = Int.random(in: 0..<3, using: &random) == 0
        log.append("repeat \(body["number"].string ?? "")\(isOther ? ", changed" : "")")
        var members = body.members
        if isOther { members["fiscal_id"] = "another" }
        let reply = try await town.send(.post, "receipts", as: town.till, .object(members))
        guard !isOther else {
            try expect(reply, 409)
            return true
        }
        try expect(reply, 200)
        guard reply.json["discounts"] == discounts else { throw failure("sent again: \(reply.text), not \(discounts)") }
        return true
    }
}

extension ModelLine {
    /// Pieces that may still come back.
    var rest: Int64 { quantity - returned }
}

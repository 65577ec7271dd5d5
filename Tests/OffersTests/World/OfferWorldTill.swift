import Campaigns
import JSONText
import Kernel
import Shoppers
import TestSupport
import Testing

/// What the till is quoted and sells in a world.
extension OfferWorld {
    /// A discount of a line.
    struct Given: Hashable {
        let campaign: CampaignID
        let units: Int
        let minor: Int64
    }

    /// A quote's discounts by product, and its id.
    struct Quoted {
        let id: String
        let given: [String: [Given]]
    }

    /// Asks what pieces of each product cost a shopper, with a hold where the basket has a name.
    func quote(_ pieces: [String: Int], for shopper: ExternalID, holding basket: String? = nil) async throws -> Quoted {
        let products = pieces.keys.sorted()
        var request: [String: JSONValue] = [
            "store_id": "s1", "shopper_id": .string(shopper.text),
            "lines": .array(products.enumerated().map { line($0 + 1, $1, pieces[$1] ?? 1) }),
        ]
        if let basket { request.merge(["basket_id": .string(basket), "hold": true]) { $1 } }
        let reply = try await town.market.post(
            "\(town.path)/quotes", as: till, .object(request), headers: basket.map { [("Idempotency-Key", $0)] } ?? [])
        guard reply.status == 200, let id = reply.json["quote_id"].string else { throw NotAnswered(reply: reply.text) }
        var given: [String: [Given]] = [:]
        for (product, line) in zip(products, reply.json["lines"].elements) {
            given[product] = line["discounts"].elements.compactMap(Given.init)
        }
        return Quoted(id: id, given: given)
    }

    /// A shopper buys as many pieces, with what the till is quoted for them. Everything that was quoted is funded, within the
    /// campaign's limits and budget, and no line goes below its floor.
    mutating func buy(_ count: Int, of product: String, by shopper: ExternalID, number: String) async throws {
        let quoted = try await quote([product: count], for: shopper, holding: "basket-\(number)")
        let given = quoted.given[product] ?? []
        let (now, price) = (town.market.clock.now, Self.prices[product] ?? 0)
        let minor = given.map(\.minor).reduce(0, +)
        var line = line(1, product, count).members
        line["paid_amount"] = .integer(price * Int64(count) - minor)
        line["discounts"] = .array(
            given.map {
                ["campaign_id": .string("\($0.campaign)"), "amount": .integer($0.minor), "quote_id": .string(quoted.id)]
            })
        let receipt: JSONValue = [
            "store_id": "s1", "till": "2", "business_day": .string("\(now.utcDay)"), "number": .string(number),
            "shopper_id": .string(shopper.text), "sold_at": .string("\(now)"), "lines": [.object(line)],
        ]
        let reply = try await town.market.post("\(town.path)/receipts", as: till, receipt)
        guard reply.status == 201 else { throw NotAnswered(reply: reply.text) }

        let seed = random.seed
        let funded = reply.json["discounts"].elements.compactMap { $0["funded_amount"].integer }.reduce(0, +)
        #expect(funded == minor, "seed \(seed), \(number): \(reply.text)")
        #expect(price * Int64(count) - minor >= (floors[product] ?? 0) * Int64(count), "seed \(seed), \(number)")
        for discount in given {
            sold.add(discount.units, discount.minor, of: discount.campaign, by: shopper)
            #expect(discount.units <= Self.perReceipt, "seed \(seed), \(number)")
            #expect(sold.units(of: discount.campaign, by: shopper) <= Self.perShopper, "seed \(seed), \(number)")
            let show = shows.first { $0.id == discount.campaign }
            #expect(sold.minor[discount.campaign] ?? 0 <= show?.budget ?? 0, "seed \(seed), \(number)")
        }
    }

    private func line(_ number: Int, _ product: String, _ count: Int) -> JSONValue {
        let amount = JSONValue.integer((Self.prices[product] ?? 0) * Int64(count))
        return [
            "line_no": .integer(Int64(number)), "product_id": .string(product), "quantity_milli": .integer(Int64(count) * 1_000),
            "unit": "piece", "regular_amount": amount, "base_amount": amount,
        ]
    }
}

extension OfferWorld.Given {
    fileprivate init?(_ discount: JSONValue) {
        guard let campaign = discount["campaign_id"].string.flatMap({ CampaignID($0) }),
            let units = discount["units"].integer, let minor = discount["amount"].integer
        else { return nil }
        self.init(campaign: campaign, units: Int(units), minor: minor)
    }
}

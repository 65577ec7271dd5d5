import Campaigns
import JSONText
import Kernel
import Parties
import Tenancy
import TestSupport

/// A till of a retailer where a supplier's campaign runs: 15 % off p1 and p2 for everybody, a fee of 10 %.
struct Till: Sendable {
    let town: CampaignTown
    let campaign: CampaignID
    let key: KeyToken

    static let usualLimits: JSONValue = ["units_per_shopper": 100, "units_per_receipt": 10]
    static let usualReward: JSONValue = ["type": "percent_off", "basis_points": 1_500]

    /// The campaign runs from 2026-03-09; the clock stands at noon of that day in Moscow.
    static func open(
        in market: TestMarket, budget: Int64 = 500_000, balance: Int64 = 1_000_000, limits: JSONValue = usualLimits,
        products: JSONValue = ["brands": ["dairy"]], reward: JSONValue = usualReward, endsAt: String = "2026-03-16T00:00:00",
        discountMax: Int64? = nil, unfundedBearers: JSONValue = [:], together: JSONValue? = nil, group: String? = nil,
        pacing: JSONValue = nil, presentation: JSONValue = [:]
    ) async throws -> Till {
        let town = try await CampaignTown.make(
            in: market, balance: balance, feeBP: 1_000, unfundedBearers: unfundedBearers)
        let campaign = try await town.launched([
            "budget": ["amount": .integer(budget), "currency": "RUB"], "limits": limits,
            "products": products, "reward": reward, "basket_reward": together ?? .null,
            "ends_at": .string(endsAt), "discount_max_per_unit": discountMax.map { .integer($0) } ?? .null,
            "stacking_group": group.map { .string($0) } ?? .null, "pacing": pacing,
            "presentation": presentation,
        ])
        try await town.advance(to: "2026-03-09T09:00:00Z")
        return Till(town: town, campaign: campaign, key: try await market.key(of: town.retailer, .till))
    }

    func quote(
        lines: [JSONValue], hold basket: String? = nil, shopper: String? = nil, store: String = "s1"
    ) async throws -> JSONValue {
        var body: [String: JSONValue] = ["store_id": .string(store), "lines": .array(lines)]
        if let shopper { body["shopper_id"] = .string(shopper) }
        if let basket {
            body["basket_id"] = .string(basket)
            body["hold"] = true
        }
        let reply = try await town.market.post("/v1/retailers/\(town.retailer)/quotes", as: key, .object(body))
        guard reply.status == 200 else { throw Refused(action: "quote", status: reply.status, body: reply.text) }
        return reply.json
    }

    func post(_ receipt: JSONValue) async throws -> TestClient.Reply {
        try await town.market.post("/v1/retailers/\(town.retailer)/receipts", as: key, receipt)
    }

    func receipt(_ number: String, _ lines: [JSONValue], day: String = "2026-03-09") -> JSONValue {
        [
            "store_id": "s1", "till": "1", "business_day": .string(day), "number": .string(number), "kind": "sale",
            "sold_at": .string("\(day)T09:00:00Z"), "lines": .array(lines),
        ]
    }

    /// The retailer stacks these groups in this order.
    func setStacking(_ groups: [String]) async throws {
        let path = "/v1/retailers/\(town.retailer)/policy"
        let admin = try await town.market.key(of: town.retailer, .admin)
        let now = try await town.market.get(path, as: admin)
        let reply = try await town.market.patch(
            path, as: admin, ["stacking": "in_order", "stacking_order": .array(groups.map { .string($0) })],
            headers: [("If-Match", "\"\(now.json["version"].integer ?? 0)\"")])
        guard reply.status == 200 else { throw Refused(action: "stacking", status: reply.status, body: reply.text) }
    }

    func returns(_ number: String, of sale: String, line: Int64, product: String, amount: Int64) -> JSONValue {
        [
            "store_id": "s1", "till": "1", "business_day": "2026-03-09", "number": .string(number), "kind": "return",
            "sold_at": "2026-03-09T09:00:00Z",
            "lines": [
                [
                    "line_no": 1, "product_id": .string(product), "quantity_milli": 1_000, "unit": "piece",
                    "regular_amount": 10_000, "base_amount": 10_000, "paid_amount": .integer(amount),
                    "original": [
                        "key": ["store_id": "s1", "till": "1", "business_day": "2026-03-09", "number": .string(sale)],
                        "line_no": .integer(line),
                    ],
                ]
            ],
        ]
    }

    func discount(_ quote: JSONValue?, _ amount: Int64) -> JSONValue {
        var discount: [String: JSONValue] = ["campaign_id": .string("\(campaign)"), "amount": .integer(amount)]
        if let id = quote?["quote_id"].string { discount["quote_id"] = .string(id) }
        return .object(discount)
    }

    static func line(
        _ lineNo: Int64, _ product: String, _ base: Int64, quantity: Int64 = 1, discounts: [JSONValue]? = nil
    ) -> JSONValue {
        var line: [String: JSONValue] = [
            "line_no": .integer(lineNo), "product_id": .string(product), "quantity_milli": .integer(quantity * 1000),
            "unit": "piece", "regular_amount": .integer(base), "base_amount": .integer(base),
        ]
        if let discounts { line["discounts"] = .array(discounts) }
        return .object(line)
    }

    /// Available, captured and reserved minor units of the campaign.
    func spend() async throws -> [Int64] {
        let json = try await town.market.get("\(town.path)/\(campaign)/spend", as: town.approver).json
        return ["available", "captured", "reserved"].compactMap { json[$0]["amount"].integer }
    }
}

import App
import Campaigns
import JSONText
import Kernel
import Postgres
import Receipts
import Shoppers
import Tenancy
import TestSupport

/// What tests of the choice ask of a town.
extension OfferTown {
    /// The retailer changes how offers are chosen.
    func choose(_ settings: JSONValue) async throws {
        let admin = try await market.key(of: retailer, .admin)
        let policy = try await market.get("\(path)/policy", as: admin)
        let reply = try await market.patch(
            "\(path)/policy", as: admin, settings, headers: [("If-Match", policy.header("etag") ?? "")])
        guard reply.status == 200 else { throw NotAnswered(reply: reply.text) }
    }

    /// A piece is sold, with a campaign's discount or without. Time goes on to the sale where it is not there yet.
    func sell(
        _ product: String, to shopper: String, number: String, at time: String, discount campaign: CampaignID? = nil
    ) async throws {
        market.clock.set(max(Instant(time)!, market.clock.now))
        let discounts: [JSONValue] = campaign.map { [["campaign_id": .string("\($0)"), "amount": 1_500]] } ?? []
        let line: JSONValue = [
            "line_no": 1, "product_id": .string(product), "quantity_milli": 1_000, "unit": "piece", "regular_amount": 10_000,
            "base_amount": 10_000, "paid_amount": .integer(campaign == nil ? 10_000 : 8_500), "discounts": .array(discounts),
        ]
        let receipt: JSONValue = [
            "store_id": "s1", "till": "1", "business_day": .string(String(time.prefix(10))), "number": .string(number),
            "shopper_id": .string(shopper), "sold_at": .string(time), "lines": [line],
        ]
        let reply = try await market.post("\(path)/receipts", as: try await market.key(of: retailer, .till), receipt)
        guard reply.status == 201 else { throw NotAnswered(reply: reply.text) }
    }

    /// What the retailer reads of each campaign for a shopper.
    func explained(_ shopper: String) async throws -> [CampaignID: JSONValue] {
        let analyst = try await market.key(of: retailer, .analyst)
        let reply = try await market.get("\(path)/shoppers/\(shopper)/offers/explain", as: analyst)
        guard reply.status == 200 else { throw NotAnswered(reply: reply.text) }
        return Dictionary(
            reply.json["data"].elements.compactMap { offer in
                offer["campaign_id"].string.flatMap { CampaignID($0) }.map { ($0, offer) }
            }
        ) { first, _ in first }
    }

    func verdicts(_ shopper: String) async throws -> [CampaignID: String] {
        try await explained(shopper).compactMapValues { $0["verdict"].string }
    }

    /// So many shoppers of the town are promised each campaign for a day.
    func promised(on day: String) async throws -> [CampaignID: Int] {
        var counts: [CampaignID: Int] = [:]
        for shopper in shoppers.keys {
            for campaign in try await promised(to: shopper, on: day) { counts[campaign, default: 0] += 1 }
        }
        return counts
    }
}

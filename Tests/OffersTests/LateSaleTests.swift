import Campaigns
import JSONText
import Kernel
import Parties
import Tenancy
import TestSupport
import Testing

/// A sale that is told of late is judged by the time at which it was made (DOMAIN 11).
@Suite struct LateSaleTests {
    @Test func `a promise that was in force when the sale was made is kept, also after a pause`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            let campaign = try await town.running()
            try await town.advance(to: "2026-03-10T10:00:00Z")
            try await town.act(campaign, "pause", as: town.approver, ["reason": "recall"])
            try await town.advance(to: "2026-03-10T12:00:00Z")

            let before = try await town.late("1", soldAt: "2026-03-10T09:30:00Z", of: campaign)
            let after = try await town.late("2", soldAt: "2026-03-10T11:00:00Z", of: campaign)

            #expect(before["funded_amount"] == 1_500)
            #expect(after["funded_amount"] == 0)
            #expect(after["reason"] == "no_quote")
        }
    }

    @Test func `a sale made before a stop is paid, one made after it is not`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            let campaign = try await town.running()
            try await town.advance(to: "2026-03-10T10:00:00Z")
            try await town.act(campaign, "stop", as: town.approver, ["reason": "enough"])
            try await town.advance(to: "2026-03-10T12:00:00Z")

            let before = try await town.late("1", soldAt: "2026-03-10T09:30:00Z", of: campaign)
            let after = try await town.late("2", soldAt: "2026-03-10T11:00:00Z", of: campaign)

            #expect(before["funded_amount"] == 1_500)
            #expect(after["reason"] == "no_quote")
        }
    }

    @Test func `who was promised nothing is paid nothing`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            let campaign = try await town.running()
            let stranger = try await town.late("1", soldAt: "2026-03-09T08:00:00Z", of: campaign, shopper: "nobody")

            #expect(stranger["reason"] == "no_quote")
        }
    }

    @Test func `a time that cannot be is suspect and pays nothing`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            let campaign = try await town.running()
            let early = try await town.late("1", soldAt: "2026-03-01T09:00:00Z", of: campaign)
            let future = try await town.late("2", soldAt: "2026-03-09T09:06:00Z", of: campaign)
            let inTime = try await town.late("3", soldAt: "2026-03-09T09:04:00Z", of: campaign)

            #expect(early["reason"] == "clock_suspect")
            #expect(future["reason"] == "clock_suspect")
            #expect(inTime["funded_amount"] == 1_500)
        }
    }
}

extension OfferTown {
    /// What becomes of the discount on one piece of p1, sold to a shopper without a quote.
    fileprivate func late(
        _ number: String, soldAt: String, of campaign: CampaignID, shopper: String = "h1"
    ) async throws -> JSONValue {
        let till = try await market.key(of: retailer, .till)
        let line: JSONValue = [
            "line_no": 1, "product_id": "p1", "quantity_milli": 1_000, "unit": "piece", "regular_amount": 10_000,
            "base_amount": 10_000, "discounts": [["campaign_id": .string("\(campaign)"), "amount": 1_500]],
        ]
        let receipt: JSONValue = [
            "store_id": "s1", "till": "1", "business_day": .string(String(soldAt.prefix(10))), "number": .string(number),
            "shopper_id": .string(shopper), "sold_at": .string(soldAt), "lines": [line],
        ]
        let reply = try await market.post("\(path)/receipts", as: till, receipt)
        guard reply.status == 201 else { throw NotAnswered(reply: reply.text) }
        return reply.json["discounts"][0]
    }
}

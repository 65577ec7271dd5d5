import App
import Campaigns
import EventLog
import JSONText
import Kernel
import Logging
import Offers
import Parties
import Postgres
import Shoppers
import Synchronization
import Telemetry
import Tenancy
import TestSupport
import Testing
import Webhooks

/// Offers as a retailer's own receiver gets them, and as its reader of the feed does.
@Suite struct DeliveredOffersTests {
    @Test func `a receiver reads the offer and all its shoppers, and is told when it is withdrawn`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market, shoppers: 1_250)
            try await town.set(ShopperFlags(push: false), of: "h7")
            let receiver = try await WebhookReceiver.start()
            let admin = try await town.subscribe(receiver)
            let campaign = try await town.running()
            try await town.deliver()
            let published = try receiver.bodies()

            try await town.act(campaign, "pause", as: town.approver, ["reason": "recall"])
            try await town.advance(to: "2026-03-10T09:00:00Z")
            try await town.deliver()
            let all = try receiver.bodies()
            let feed = try await town.feed(as: admin)

            #expect(published.map { $0["type"] } == ["offers.published", "offers.published"])
            let shoppers = published.flatMap { $0["data"]["shoppers"].elements }
            #expect(Set(shoppers.flatMap { $0["shopper_ids"].elements }).count == 1_249)
            #expect(Set(shoppers.map { $0["units_left"] }) == [3])
            let offer = published[0]["data"]["offer"]
            #expect(offer["funded_by"] == "supplier")
            #expect(offer["label"] == ["en": "Supplier discount", "ru": "Скидка от поставщика"])
            #expect(offer["valid_until"] == "2026-03-15T21:00:00Z")
            #expect(
                offer["products"] == [
                    [
                        "product_id": "p1", "name": "Product 1", "regular_price": ["amount": 10_000, "currency": "RUB"],
                        "offer_price": ["amount": 8_500, "currency": "RUB"],
                    ]
                ])
            #expect(all.count == 3)
            let withdrawn = try #require(all.first { $0["type"] == "offers.withdrawn" })
            #expect(
                withdrawn["data"] == [
                    "campaign_id": .string("\(campaign)"), "version": 1,
                    "period": ["starts_on": "2026-03-09", "ends_on": "2026-03-15"], "reason": "paused", "cause": "paused",
                    "withdrawn_at": "2026-03-10T09:00:00Z",
                ])
            #expect(feed == all.sorted { ($0["sequence"].integer ?? 0) < ($1["sequence"].integer ?? 0) })
            await receiver.stop()
        }
    }

    @Test func `a retry is the same bytes, whatever became of prices and policies; an erased shopper is skipped`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            let receiver = try await WebhookReceiver.start { _ in .status(500) }
            _ = try await town.subscribe(receiver)
            _ = try await town.running()
            try await town.deliver()

            try await market.makePrices(["p1": 4_000], of: town.retailer)
            let retailer = town.retailer
            try await market.load(retailer) { tx, _ in
                _ = try tx.execute("UPDATE policy SET day_starts_at_minutes = 60 WHERE retailer_id = \(retailer)")
                _ = try tx.execute("UPDATE product SET name = 'Butter' WHERE retailer_id = \(retailer)")
            }
            try await town.deliver(aheadSeconds: 10)
            let feed = try await market.key(of: retailer, .feed)
            _ = try await market.delete("\(town.path)/shoppers/h5", as: feed)
            try await town.deliver(aheadSeconds: 1_000)
            let bodies = receiver.requests.map(\.body)

            #expect(bodies.count == 3)
            #expect(bodies[0] == bodies[1])
            var before = try JSONReader.parse(bodies[0])["data"].members
            let left = before["shoppers"]?.elements.filter { $0["shopper_ids"] != ["h5"] } ?? []
            before["shoppers"] = .array(left)
            #expect(left.count == 59)
            #expect(try JSONReader.parse(bodies[2])["data"] == .object(before))
            await receiver.stop()
        }
    }

    @Test func `who has taken units before is told how many are left`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            let campaign = try await town.running()
            let till = try await market.key(of: town.retailer, .till)
            let discount: JSONValue = ["campaign_id": .string("\(campaign)"), "amount": 1_500]
            let posted = try await market.post(
                "\(town.path)/receipts", as: till,
                [
                    "store_id": "s1", "till": "1", "business_day": "2026-03-09", "number": "1", "shopper_id": "h3",
                    "sold_at": "2026-03-09T09:00:00Z",
                    "lines": [
                        [
                            "line_no": 1, "product_id": "p1", "quantity_milli": 1_000, "unit": "piece",
                            "regular_amount": 10_000, "base_amount": 10_000, "discounts": [discount],
                        ]
                    ],
                ])
            let receiver = try await WebhookReceiver.start()
            _ = try await town.subscribe(receiver)
            try await town.advance(to: "2026-03-16T09:00:00Z")
            try await town.deliver()

            let shoppers = try receiver.bodies().flatMap { $0["data"]["shoppers"].elements }
            #expect(posted.json["discounts"][0]["funded_amount"] == 1_500, "\(posted.text)")
            #expect(shoppers.count == 60)
            #expect(shoppers.filter { $0["units_left"] != 3 } == [["shopper_ids": ["h3"], "units_left": 2]])
            await receiver.stop()
        }
    }
}

extension WebhookReceiver {
    fileprivate func bodies() throws -> [JSONValue] { try requests.map { try JSONReader.parse($0.body) } }
}

extension OfferTown {
    /// The retailer's endpoint for offers; the key is its admin's.
    fileprivate func subscribe(_ receiver: WebhookReceiver) async throws -> KeyToken {
        let admin = try await market.key(of: retailer, .admin)
        let reply = try await market.post(
            "\(path)/endpoints", as: admin,
            ["url": .string(receiver.url()), "event_types": ["offers.published", "offers.withdrawn"]])
        guard reply.status == 201 else { throw NotAnswered(reply: reply.text) }
        return admin
    }

    /// What is due is sent as the service itself would; some time later where the clock runs ahead.
    fileprivate func deliver(aheadSeconds: Int64 = 0) async throws {
        guard aheadSeconds > 0 else { return _ = try await market.marketplace.delivery.deliverOnce(for: retailer) }
        let later = WebhookDelivery(
            market.database, .test, rendering: market.marketplace.rendering, hint: LogHint(),
            metrics: DeliveryMetrics(Metrics()), clock: DeliveryClock { aheadSeconds }, world: market.clock.world,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        _ = try await later.deliverOnce(for: retailer)
    }

    fileprivate func feed(as key: KeyToken) async throws -> [JSONValue] {
        try await market.get("\(path)/events?types=offers.published,offers.withdrawn", as: key).json["data"].elements
    }
}

import App
import Campaigns
import Foundation
import Kernel
import Offers
import Parties
import TestSupport
import Testing
import TradewindClient

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// The Swift client for apps, against the whole service.
@Suite struct ClientTests {
    @Test func `it reads offers, asks again with their tag, and tells what was seen and activated`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            let campaign = try await town.running(["needs_activation": true])
            let settings = town.settings()
            let (client, events) = (OffersClient(settings), OfferEvents(settings))

            let first = try await client.offers(of: "h1", store: "s1", limit: 5)
            let second = try await client.offers(of: "h1", store: "s1", limit: 5)

            #expect(first.offers.map(\.campaign) == ["\(campaign)"])
            #expect(first.offers.first?.discount?.amount == 1_500)
            #expect(first.offers.first?.activation == "needed")
            #expect(first.offers.first?.limitsLeft.unitsPerReceipt == 2)
            #expect(first.nextCursor == nil)
            #expect(first.freshness == .fresh)
            #expect(second.offers == first.offers)
            #expect(second.freshness == .unchanged)

            let now = Date(timeIntervalSince1970: Double(market.clock.now.microseconds) / 1_000_000)
            await events.record(.impression, campaign: "\(campaign)", shopper: "h1", at: now)
            await events.record(.impression, campaign: "\(campaign)", shopper: "nobody", at: now)
            await events.record(.activation, campaign: "\(campaign)", shopper: "h1", at: now)
            let refused = Refused()
            try await events.post { await refused.take($0) }

            #expect(await refused.all.map { "\($0.shopper) \($0.code)" } == ["nobody unknown_shopper"])
            #expect(await events.waitingCount == 0)
            let third = try await client.offers(of: "h1", store: "s1", limit: 5)
            #expect(third.freshness == .fresh)
            #expect(third.offers.first?.activation == "done")
        }
    }

    @Test func `pages go on behind a cursor, and ids may have anything in them`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            _ = try await town.running(["products": ["ids": ["p1", "p2"]]])
            let client = OffersClient(town.settings())

            let first = try await client.offers(of: "h1", limit: 1)
            let cursor: String = try #require(first.nextCursor)
            let second = try await client.offers(of: "h1", limit: 1, after: cursor)
            let nobody = try await client.offers(of: "a/b c?ü")

            #expect((first.offers + second.offers).map(\.product.id).sorted() == ["p1", "p2"])
            #expect(second.nextCursor == nil)
            #expect(nobody.offers == [])
        }
    }

    @Test func `without a network it shows what it kept, also after a start, and events wait`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tradewind-client-\(getpid())")
        try? FileManager.default.removeItem(at: folder)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            let campaign = "\(try await town.running())"
            let shown = try await OffersClient(town.settings(folder)).offers(of: "h1").offers
            let away = town.settings(folder, isAway: true)
            let kept = try await OffersClient(away).offers(of: "h1")
            #expect(kept.offers == shown)
            if case .kept = kept.freshness {} else { Issue.record("\(kept.freshness)") }
            await #expect(throws: TradewindFault.self) { try await OffersClient(away).offers(of: "h2") }

            let moment = Date(timeIntervalSince1970: Double(market.clock.now.microseconds) / 1_000_000)
            let cut = OfferEvents(away)
            for second in 0..<25 {
                await cut.record(.impression, campaign: campaign, shopper: "h1", at: moment.addingTimeInterval(Double(second)))
            }
            await cut.record(.impression, campaign: "no campaign", shopper: "h1", at: moment)
            await #expect(throws: TradewindFault.self) { try await cut.post() }
            #expect(await cut.waitingCount == 26)

            let started = OfferEvents(town.settings(folder))
            #expect(await started.waitingCount == 26)
            // What cannot be read is dropped, the rest is posted the next time.
            await #expect(throws: TradewindFault.self) { try await started.post() }
            #expect(await started.waitingCount == 25)
            try await started.post()
            #expect(await started.waitingCount == 0)
            let reach = try await market.get("\(town.path)/campaigns/\(campaign)/reach", as: town.approver)
            #expect(reach.json["total"]["impressions"] == 25)
        }
    }

    @Test func `after another shopper has logged in nothing is left of the one before`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tradewind-logout-\(getpid())")
        try? FileManager.default.removeItem(at: folder)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            _ = try await town.running()
            let client = OffersClient(town.settings(folder))
            _ = try await client.offers(of: "h1")
            let events = OfferEvents(town.settings(folder, isAway: true))
            await events.record(.activation, campaign: "any", shopper: "h1")

            await client.forget()
            await events.forget()

            let away = OffersClient(town.settings(folder, isAway: true))
            await #expect(throws: TradewindFault.self) { try await away.offers(of: "h1") }
            #expect(await OfferEvents(town.settings(folder)).waitingCount == 0)
        }
    }

    @Test func `a task posts what is recorded, and an activation at once`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            let campaign = "\(try await town.running(["needs_activation": true]))"
            let events = OfferEvents(town.settings())
            let posting = Task { await events.run(everySeconds: 600) }
            await events.record(.activation, campaign: campaign, shopper: "h1")
            let client = OffersClient(town.settings())

            while try await client.offers(of: "h1").offers.first?.activation != "done" {
                try await Task.sleep(for: .milliseconds(50))
            }

            posting.cancel()
            await posting.value
            #expect(await events.waitingCount == 0)
        }
    }

    @Test func `a refusal says its code`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            var settings = town.settings()
            settings.authorize = { $0.setValue("Bearer nothing", forHTTPHeaderField: "Authorization") }
            let client = OffersClient(settings)

            let fault = await #expect(throws: TradewindFault.self) { try await client.offers(of: "h1") }

            if case .refused(let problem)? = fault {
                #expect(problem.status == 401)
                #expect(problem.code != "unknown")
            } else {
                Issue.record("\(String(describing: fault))")
            }
        }
    }
}

private actor Refused {
    private(set) var all: [OfferEvents.Refusal] = []

    func take(_ refusals: [OfferEvents.Refusal]) { all += refusals }
}

extension OfferTown {
    /// Without a network nobody listens where requests go.
    fileprivate func settings(_ folder: URL? = nil, isAway: Bool = false) -> TradewindSettings {
        let key = app.text
        return TradewindSettings(
            retailer: URL(string: "http://127.0.0.1:\(market.client.port)\(path)") ?? URL(filePath: "/"),
            authorize: { request in
                request.setValue("Bearer \(key)", forHTTPHeaderField: "Authorization")
                if isAway { request.url = URL(string: "http://127.0.0.1:1/") }
            }, languages: ["en"], folder: folder)
    }
}

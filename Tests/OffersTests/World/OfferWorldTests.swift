import App
import Campaigns
import Foundation
import JSONText
import Kernel
import Offers
import Postgres
import Shoppers
import Tenancy
import TestSupport
import Testing

/// Random worlds through the whole service, with the app, the till and the messages in each: five in every run of the tests,
/// 1 000 with `TRADEWIND_WORLDS=1000 swift test --filter OfferWorldTests`. One again:
/// `SWIFT_DETERMINISTIC_HASHING=1 TRADEWIND_WORLD=<seed>`.
@Suite struct OfferWorldTests {
    private static let seeds: Range<UInt64> = {
        let settings = ProcessInfo.processInfo.environment
        if let seed = settings["TRADEWIND_WORLD"].flatMap({ UInt64($0) }) { return seed..<seed + 1 }
        return 0..<(settings["TRADEWIND_WORLDS"].flatMap { UInt64($0) } ?? 5)
    }()
    /// Worlds at a time.
    private static let lanes = min(4, seeds.count)

    @Test(arguments: 0..<Self.lanes) func `what is promised keeps every rule, is shown, and is what the till gives`(
        lane: Int
    ) async throws {
        for seed in stride(from: Self.seeds.lowerBound + UInt64(lane), to: Self.seeds.upperBound, by: Self.lanes) {
            // Every other world's app is answered from memory.
            try await TestMarket.run(
                clock: TestClock(seed: ~seed), offers: seed.isMultiple(of: 2) ? OfferBounds() : .off
            ) { market in
                do {
                    var world = try await OfferWorld.make(in: market, seed: seed)
                    try await world.live()
                } catch {
                    Issue.record(error, "seed \(seed)")
                }
            }
        }
    }
}

extension OfferWorld {
    /// Lives through its days, and is looked at before and after each day's sales.
    fileprivate mutating func live() async throws {
        var everPromised: [CampaignID: Set<ExternalID>] = [:]
        var before: [ExternalID: PromisesHeld] = [:]
        for day in Self.days {
            try await advance(to: "\(day)T09:00:00Z")
            let promises = try await promises(on: day)
            for (shopper, held) in promises {
                for campaign in held.campaigns { everPromised[campaign, default: []].insert(shopper) }
                guard day == Self.days[1] else { continue }
                // What was promised on Monday stands on Wednesday, at its depth.
                for (id, depth) in before[shopper]?.depthsBP ?? [:] where !isOutOfMoney(id, at: depth) {
                    #expect(held.depthsBP[id] == depth, "seed \(random.seed), \(shopper)")
                }
            }
            before = promises
            try await expectHonoured(promises, on: day)
            try await expectWithdrawnByPause(promises, on: day)
            if day == Self.days.last { try await expectSameDecision(as: promises, on: day) }
            for number in 0..<8 {
                let shopper = ExternalID(stored: "h\(Int.random(in: 1...12, using: &random))")
                let product = "p\(Int.random(in: 1...4, using: &random))"
                try await buy(Int.random(in: 1...4, using: &random), of: product, by: shopper, number: "\(day)-\(number)")
            }
            try await advance(to: "\(day)T10:00:00Z")
            try await expectHonoured(try await held(on: day), on: day)
        }
        try await expectTold(everPromised)
        let isFromMemory = town.market.marketplace.offerMemory.answers.memory > 0
        #expect(isFromMemory == random.seed.isMultiple(of: 2), "seed \(random.seed)")
    }

    fileprivate func held(on day: String) async throws -> [ExternalID: PromisesHeld] {
        var all: [ExternalID: PromisesHeld] = [:]
        for shopper in looked.keys { all[shopper] = try await town.held(by: shopper, on: day) }
        return all
    }

    /// A campaign that pauses is gone from the till at once and from the app with the next look; when it goes on, all is as it
    /// was.
    fileprivate mutating func expectWithdrawnByPause(
        _ promises: [ExternalID: PromisesHeld], on day: String
    ) async throws {
        let running = shows.filter { show in promises.values.contains { $0.campaigns.contains(show.id) } }
        guard let show = running.randomElement(using: &random) else { return }
        var before: [ExternalID: [String]] = [:]
        for (shopper, held) in promises where held.campaigns.contains(show.id) {
            before[shopper] = try await town.shown(to: shopper.text)
        }
        try await town.act(show.id, "pause", as: town.approver, ["reason": "the shelf is empty"])
        await town.market.marketplace.offerMemory.advance()
        for (shopper, shown) in before {
            let left = try await town.shown(to: shopper.text)
            let given = try await quote([show.product: 1], for: shopper).given
            #expect(left == shown.filter { $0 != "\(show.id)" }, "seed \(random.seed), \(shopper) on \(day)")
            #expect(!given.values.joined().map(\.campaign).contains(show.id), "seed \(random.seed), \(shopper) on \(day)")
        }
        try await advance(to: "\(day)T09:10:00Z")
        try await town.act(show.id, "resume", as: town.approver, ["reason": "it is full"])
        try await advance(to: "\(day)T09:20:00Z")
        #expect(try await held(on: day) == promises, "seed \(random.seed), \(day)")
    }

    /// Decided anew from the same facts, the period has the same offers.
    fileprivate func expectSameDecision(as promises: [ExternalID: PromisesHeld], on day: String) async throws {
        let (retailer, period) = (town.retailer, BusinessDay(day))
        let superuser = try await TestDatabase.superuser(of: town.market.database)
        try await superuser.administer { tx in
            _ = try tx.execute("DELETE FROM offer_grant WHERE retailer_id = \(retailer) AND period_starts_on = \(period)")
        }
        await superuser.close()
        try await advance(to: "\(day)T09:30:00Z")
        #expect(try await held(on: day) == promises, "seed \(random.seed), \(day)")
    }
}

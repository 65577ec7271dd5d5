import EventLog
import Kernel
import TestSupport
import Testing

@testable import Webhooks

@Suite struct DirectPlanTests {
    private static let cases = 300
    private static let now = Instant(microseconds: 1_772_452_800_000_000)

    @Test func `whatever the room, each delivery up to the cut is planned once, and no bound is passed`() {
        for seed in 1...UInt64(Self.cases) {
            var random = SeededGenerator(seed: seed)
            let endpoints = (0..<Int.random(in: 1...12, using: &random)).map { Self.endpoint($0) }
            var ways: [EndpointID: DirectWay] = [:]
            for endpoint in endpoints where Bool.random(using: &random) {
                ways[endpoint] = Self.way(
                    slots: Int.random(in: 0...4, using: &random), rate: Int32.random(in: 1...20, using: &random),
                    batch: Int.random(in: 1...3, using: &random))
            }
            let heard = (1...Int64.random(in: 1...40, using: &random)).map { position in
                Self.heard(position, endpoints.filter { _ in Bool.random(using: &random) })
            }.filter { !$0.audiences.isEmpty }
            let open = endpoints.filter { _ in Int.random(in: 0..<4, using: &random) == 0 }
            let room = DirectRoom(
                places: Int.random(in: 0...10, using: &random), deliveries: Int.random(in: 0...60, using: &random),
                open: Dictionary(uniqueKeysWithValues: open.map { ($0, Int.random(in: 1...4, using: &random)) }),
                isOverdue: Bool.random(using: &random))

            let plan = DirectPlan(heard, ways: ways, now: Self.now, room: room)
            let slots = plan.slots(ways, room)
            let direct = plan.direct.flatMap { endpoint, events in events.map { Pair(endpoint, $0.position) } }
            let queued = plan.queued.map { Pair($0.audience.endpoint, $0.event.position) }
            let expected = heard.filter { item in plan.cutAfter.map { item.event.position <= $0 } ?? true }.flatMap { item in
                item.audiences.map { Pair($0.endpoint, item.event.position) }
            }

            #expect(Set(direct + queued) == Set(expected) && direct.count + queued.count == expected.count, "seed \(seed)")
            #expect(heard.isEmpty || !expected.isEmpty || !room.isOverdue, "seed \(seed): the log goes on")
            #expect(Set(slots.keys) == Set(plan.direct.keys), "seed \(seed)")
            for (endpoint, events) in plan.direct {
                guard let way = ways[endpoint], let own = slots[endpoint] else {
                    Issue.record("seed \(seed): \(endpoint) may not be sent to")
                    continue
                }
                #expect((1...way.slotsFree).contains(own), "seed \(seed)")
                let messages = OutgoingMessage.count(of: events.count, batchMax: way.batchMax)
                #expect(messages <= way.bucket.tokens(at: Self.now), "seed \(seed)")
                #expect(events.map(\.position) == events.map(\.position).sorted(), "seed \(seed)")
            }
            let fresh = plan.direct.keys.count { room.open[$0] == nil }
            #expect(fresh <= room.places, "seed \(seed)")
            #expect(slots.filter { room.open[$0.key] == nil }.values.reduce(0, +) <= max(room.places, fresh), "seed \(seed)")
        }
    }

    @Test func `without room everything is queued`() {
        let plan = DirectPlan(
            [Self.heard(1, [Self.endpoint(1)])], ways: [Self.endpoint(1): Self.way(slots: 4, rate: 100, batch: 1)], now: Self.now,
            room: nil)

        #expect(plan.direct.isEmpty)
        #expect(plan.queued.map(\.event.position) == [1])
        #expect(plan.cutAfter == nil)
    }

    @Test func `places are shared evenly before any endpoint gets a second`() {
        let endpoints = (1...3).map { Self.endpoint($0) }
        let ways = Dictionary(uniqueKeysWithValues: endpoints.map { ($0, Self.way(slots: 4, rate: 100, batch: 1)) })
        let room = DirectRoom(places: 5, deliveries: 100, open: [:])
        let plan = DirectPlan((1...8).map { Self.heard($0, endpoints) }, ways: ways, now: Self.now, room: room)

        #expect(plan.slots(ways, room).values.sorted() == [1, 1, 2])
    }

    private struct Pair: Hashable {
        let endpoint: EndpointID
        let position: Int64

        init(_ endpoint: EndpointID, _ position: Int64) {
            self.endpoint = endpoint
            self.position = position
        }
    }

    private static func endpoint(_ number: Int) -> EndpointID { EndpointID(Identifier(high: 7, low: UInt64(number))) }

    private static func way(slots: Int, rate: Int32, batch: Int) -> DirectWay {
        DirectWay(
            supplier: nil, url: "http://127.0.0.1/", bucket: TokenBucket(ratePerSecond: rate, freeAt: nil), batchMax: batch,
            isQuiet: true, slotsFree: slots)
    }

    private static func heard(_ position: Int64, _ endpoints: [EndpointID]) -> HeardEvent {
        HeardEvent(
            event: EventReference(
                position: position, loggedOn: now.utcDay, id: EventID(Identifier(high: 8, low: UInt64(position))),
                type: "campaign.launched"),
            audiences: endpoints.map {
                Audience(endpoint: $0, supplier: nil, types: [], afterPosition: 0, untilPosition: nil)
            })
    }
}

import EventLog
import HTTPTypes
import JSONText
import Kernel
import Parties
import Postgres
import Tenancy
import TestSupport
import Testing

@testable import Webhooks

@Suite struct RetentionTests {
    private static let day: Int64 = 86_400

    @Test func `deliveries go after 30 days and events after 90, and neither earlier`() async throws {
        try await Outbox.run { outbox in
            let receiver = try await WebhookReceiver.start { $0.path == "/bad" ? .status(410) : .status(200) }
            try await outbox.followDatabase()
            let good = try await outbox.makeEndpoint(receiver.url("/good"))
            let bad = try await outbox.makeEndpoint(receiver.url("/bad"), types: ["campaign.launched"])
            for _ in 0..<3 { try await outbox.append("campaign.launched") }
            try await outbox.delivery.deliverOnce(for: outbox.retailer)
            try await outbox.delivery.deliverOnce(for: outbox.retailer)
            let retention = Retention(outbox.market.database, clock: outbox.clock)
            let feed = "/v1/retailers/\(outbox.retailer)/events?after=0"
            let attempts = { () async throws -> Int in try await outbox.attemptCount() }

            outbox.pass(seconds: 29 * Self.day)
            let early = try await retention.prune(outbox.retailer)
            let kept = try await (outbox.deliveries(of: good.id).count, outbox.deliveries(of: bad.id).count, attempts())
            outbox.pass(seconds: 2 * Self.day)
            let month = try await retention.prune(outbox.retailer)
            let left = try await (outbox.deliveries(of: good.id).count, outbox.deliveries(of: bad.id).count, attempts())
            let events = try await outbox.market.get(feed, as: outbox.admin).json["data"].elements.count
            outbox.pass(seconds: 58 * Self.day)
            let quarter = try await retention.prune(outbox.retailer)
            outbox.pass(seconds: 3 * Self.day)
            let late = try await retention.prune(outbox.retailer)
            let none = try await outbox.market.get(feed, as: outbox.admin).json["data"].elements

            #expect(early == Retention.Pruned())
            #expect(kept.0 == 4 && kept.2 >= 5)
            #expect(month.deliveries == kept.0 + kept.1 && month.events == 0)
            #expect(left == (0, 0, 0))
            #expect(events == 4)
            #expect(quarter == Retention.Pruned())
            #expect(late.events == 4)
            #expect(none == [])
            await receiver.stop()
        }
    }

    @Test func `what still waits when its event goes is cancelled, and a replay does not send again what was forgotten`()
        async throws
    {
        try await Outbox.run { outbox in
            let receiver = try await WebhookReceiver.start()
            try await outbox.followDatabase()
            let told = try await outbox.makeEndpoint(receiver.url("/told"))
            let paused = try await outbox.makeEndpoint(receiver.url("/paused"))
            try await outbox.append("campaign.launched")
            try await outbox.delivery.fanOut(outbox.retailer)
            _ = try await outbox.market.post("\(outbox.path)/\(paused.id)/pause", as: outbox.admin)
            try await outbox.delivery.deliverOnce(for: outbox.retailer)
            let retention = Retention(outbox.market.database, clock: outbox.clock)

            outbox.pass(seconds: 31 * Self.day)
            outbox.market.clock.advance(seconds: 31 * Self.day)
            try await retention.prune(outbox.retailer)
            let replayed = try await outbox.market.post(
                "\(outbox.path)/\(told.id)/replay-missing", as: outbox.admin,
                ["since": "2020-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z"])
            let waiting = try await outbox.deliveries(of: paused.id).map { $0["state"] }
            outbox.pass(seconds: 61 * Self.day)
            let pruned = try await retention.prune(outbox.retailer)
            let cancelled = try await outbox.deliveries(of: paused.id).map { $0["state"] }

            #expect(replayed.json == ["queued": 0, "more": false])
            #expect(waiting == ["pending"])
            #expect(pruned == Retention.Pruned(deliveries: 0, events: 1, cancelled: 1))
            #expect(cancelled == ["cancelled"])
            await receiver.stop()
        }
    }

    @Test func `what is due goes by small transactions, as many as it takes`() async throws {
        try await Outbox.run { outbox in
            try await outbox.followDatabase()
            _ = try await outbox.makeEndpoint("http://127.0.0.1:1/", types: ["other.type"])
            let count = DeliveryLimits.pruneMax * 2 + 7
            try await outbox.append("campaign.launched", count: count)
            outbox.pass(seconds: 92 * Self.day)

            let pruned = try await Retention(outbox.market.database, clock: outbox.clock).prune(outbox.retailer)

            #expect(pruned.events == count)
        }
    }

    @Test func `a reader of the feed whose events are gone is told from where on all are there`() async throws {
        try await Outbox.run { outbox in
            try await outbox.followDatabase()
            _ = try await outbox.makeEndpoint("http://127.0.0.1:1/", types: ["other.type"])
            try await outbox.append("campaign.launched", count: 5)
            outbox.pass(seconds: 92 * Self.day)
            try await Retention(outbox.market.database, clock: outbox.clock).prune(outbox.retailer)
            outbox.market.clock.advance(seconds: 92 * Self.day)
            try await outbox.attachMonths()
            try await outbox.append("campaign.paused", count: 2)
            let supplier = try await outbox.makeSupplier()
            let feed = "/v1/retailers/\(outbox.retailer)/events"
            let read = { (query: String, key: KeyToken) in try await outbox.market.get(feed + query, as: key) }

            let behind = try await read("?after=3", outbox.admin)
            let rival = try await read("?after=3", supplier.admin)
            let next = try await read("?after=\(behind.json["oldest_after"].integer ?? 0)", outbox.admin)
            let fresh = try await read("", outbox.admin)
            let there = try await read("?after=6", outbox.admin)

            #expect(behind.status == 410)
            #expect(behind.json["code"] == "events_pruned")
            #expect(behind.json["oldest_after"] == 5)
            #expect((rival.status, rival.json["data"]) == (200, []), "nothing of the supplier's went")
            #expect(next.json["data"].elements.map { $0["sequence"] } == [6, 7])
            #expect(fresh.json["data"] == next.json["data"])
            #expect(there.json["data"].elements.map { $0["sequence"] } == [7])
        }
    }

    @Test func `a supplier is told of what it lost, once, and not of what went of others`() async throws {
        try await Outbox.run { outbox in
            try await outbox.followDatabase()
            let (supplier, rival) = (try await outbox.makeSupplier(), try await outbox.makeSupplier())
            let retention = Retention(outbox.market.database, clock: outbox.clock)
            let feed = "/v1/retailers/\(outbox.retailer)/events"
            let read = { (after: Int64, key: KeyToken) in try await outbox.market.get(feed + "?after=\(after)", as: key) }
            let quarter = {
                outbox.pass(seconds: 92 * Self.day)
                try await retention.prune(outbox.retailer)
                outbox.market.clock.advance(seconds: 92 * Self.day)
                try await outbox.attachMonths()
            }
            try await outbox.append("campaign.launched", suppliers: [supplier.id])
            try await outbox.append("campaign.launched", suppliers: [supplier.id])
            try await outbox.append("campaign.launched", count: 3)
            try await quarter()
            let lost = try await read(1, supplier.admin)
            let after = lost.json["oldest_after"].integer ?? 0
            let next = try await read(after, supplier.admin)
            let seen = try await read(2, supplier.admin)
            let other = try await read(1, rival.admin)
            try await outbox.append("campaign.paused", count: 2)
            try await quarter()
            let quiet = try await read(after, supplier.admin)
            let retailers = try await read(after, outbox.admin)

            #expect((lost.status, after) == (410, 2))
            #expect([next.status, seen.status, other.status, quiet.status] == [200, 200, 200, 200])
            #expect(quiet.json["next_after"] == 2)
            #expect((retailers.status, retailers.json["oldest_after"]) == (410, 7))
        }
    }

    @Test func `what a program before let go without saying whom it named is told to every supplier`() async throws {
        try await Outbox.run { outbox in
            try await outbox.followDatabase()
            let supplier = try await outbox.makeSupplier()
            try await outbox.append("campaign.launched", count: 5)
            let retailer = outbox.retailer
            _ = try await outbox.market.database.transaction(as: .worker(retailer)) { tx in
                try tx.execute("UPDATE log_head SET pruned_position = 3 WHERE retailer_id = \(retailer)")
            }
            let feed = "/v1/retailers/\(retailer)/events"
            let untold = try await outbox.market.get(feed + "?after=1", as: supplier.admin)
            outbox.pass(seconds: 92 * Self.day)
            try await Retention(outbox.market.database, clock: outbox.clock).prune(retailer)
            let later = try await outbox.market.get(feed + "?after=1", as: supplier.admin)
            let on = try await outbox.market.get(feed + "?after=3", as: supplier.admin)

            #expect((untold.status, untold.json["oldest_after"]) == (410, 3))
            #expect((later.status, later.json["oldest_after"]) == (410, 3))
            #expect(on.status == 200)
        }
    }

    @Test func `what is queued while its endpoint is deleted is cancelled with the next round`() async throws {
        try await Outbox.run { outbox in
            try await outbox.followDatabase()
            let endpoint = try await outbox.makeEndpoint("http://127.0.0.1:1/")
            let event = try await outbox.append("campaign.launched")
            let gone = try await outbox.market.delete("\(outbox.path)/\(endpoint.id)", as: outbox.admin)
            // As a node does that had read of the endpoint before it was deleted.
            let retailer = outbox.retailer
            let late = PendingDelivery(
                id: outbox.market.clock.world.newID(), endpoint: endpoint.id, supplier: nil, position: 1,
                loggedOn: outbox.market.clock.now.utcDay, event: event, eventType: "campaign.launched")
            try await outbox.market.database.transaction(as: .worker(retailer)) { tx in
                try tx.enqueue([late], at: retailer)
            }
            let before = try await outbox.states(of: endpoint.id)
            let pruned = try await Retention(outbox.market.database, clock: outbox.clock).prune(retailer)

            #expect(gone.status == 204)
            #expect(before == ["pending"])
            #expect(pruned.cancelled == 1)
            #expect(try await outbox.states(of: endpoint.id) == ["cancelled"])
            #expect(try await outbox.queued() == 0)
        }
    }

    @Test func `a month of which nothing is left goes, and one with a row stays`() async throws {
        let database = try await TestDatabase.clone()
        try await Outbox.run(on: database) { outbox in
            try await outbox.followDatabase()
            let now = outbox.market.clock.now
            let months = [now.adding(seconds: -200 * Self.day).utcDay, now.adding(seconds: -160 * Self.day).utcDay]
            for month in months {
                _ = try await database.transaction(as: .worker(outbox.retailer)) { tx in
                    try tx.execute("SELECT attach_month('event', \(month))")
                }
            }
            outbox.market.clock.set(now.adding(seconds: -160 * Self.day))
            try await outbox.append("campaign.launched")
            let retention = Retention(database, clock: outbox.clock)

            let dropped = try await retention.dropEmptyMonths()
            let again = try await retention.dropEmptyMonths()
            var left: [Bool] = []
            for month in months {
                let name = "event_" + "\(month)".prefix(7).filter { $0 != "-" }
                left.append(
                    try await database.administer { tx in
                        try tx.one("SELECT to_regclass(\(name)) IS NOT NULL") { row in try row.next(Bool.self) }
                    })
            }
            let events = try await database.read(as: .worker(outbox.retailer)) { tx in
                try tx.one("SELECT count(*) FROM event WHERE retailer_id = \(outbox.retailer)") { row in try row.next(Int.self) }
            }
            let young = try await database.transaction(as: .workerHome) { tx in
                try tx.one("SELECT drop_empty_month('event', \(now.utcDay))") { row in try row.next(Bool.self) }
            }

            #expect(dropped >= 1)
            #expect(again == 0)
            #expect(left == [false, true])
            #expect(events == 1)
            #expect(!young)
        }
        await database.close()
    }
}

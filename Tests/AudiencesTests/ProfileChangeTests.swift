import App
import Dispatch
import EventLog
import JSONText
import Kernel
import Postgres
import Tenancy
import TestSupport
import Testing

/// What is noted for those who follow profiles, and that a follower misses nothing.
@Suite struct ProfileChangeTests {
    private struct Follower {
        let market: TestMarket
        let retailer: RetailerID
        var position: ProfilePosition

        init(_ market: TestMarket, _ retailer: RetailerID) async throws {
            self.market = market
            self.retailer = retailer
            position = try await market.database.snapshot(as: .retailer(retailer)) { tx in try tx.profilePosition() }
        }

        /// Whether the newest of so many changes is older than all that were under way, in any test, at the last look.
        func hasSeenAllBefore(now count: Int) async throws -> Bool {
            let (retailer, position) = (retailer, position)
            return try await market.database.read(as: .retailer(retailer)) { tx in
                try tx.one(
                    """
                    SELECT count(*) = \(count) FROM profile_change
                    WHERE retailer_id = \(retailer) AND xid < pg_snapshot_xmin(\(position.snapshot)::pg_snapshot)
                    """
                ) { row in try row.next(Bool.self) }
            }
        }

        /// Everything since the last look; nil where it is no longer known.
        mutating func look() async throws -> ProfileChanges? {
            let (retailer, position) = (retailer, position)
            let found = try await market.database.snapshot(as: .retailer(retailer)) { tx in
                try tx.profileChanges(of: retailer, since: position)
            }
            if let found { self.position = found.now }
            return found?.changes
        }
    }

    private static func shoppers(_ keys: Int64...) -> ProfileChanges {
        var changes = ProfileChanges()
        changes.shoppers = keys.sorted()
        return changes
    }

    @Test func `each cause notes whose profiles it changed, with its commit`() async throws {
        try await TestMarket.run { market in
            let till = try await ShopTill(market)
            var follower = try await Follower(market, till.retailer)

            try await till.sell(1, to: "ann", [("milk", 1_000)])
            let (ann, first) = (try await till.key(of: "ann"), try #require(try await follower.look()))
            try await till.sell(2, to: "bob", [("milk", 1_000)])
            _ = try await follower.look()
            let bob = try await till.key(of: "bob")
            try await till.return(3, of: 1, line: 1, by: "bob")
            let returned = try #require(try await follower.look())
            try await till.void(4, of: 2)
            let voided = try #require(try await follower.look())
            try await till.tag("vip", ["ann"])
            let tagged = try #require(try await follower.look())
            try await till.replaceTag("vip", with: ["bob"])
            let replaced = try #require(try await follower.look())
            try await till.put("products/milk", ["name": "Milk", "brand_id": "meadow"])
            let branded = try #require(try await follower.look())
            try await till.put("categories/dairy", ["name": "Dairy"])
            let shelved = try #require(try await follower.look())
            try await till.put("traits/milk_lover", ["rule": ["products": ["milk"]]])
            let ruled = try #require(try await follower.look())
            try await till.put("shoppers/ann", ["personal_offers": false])
            let flagged = try #require(try await follower.look())
            try await till.merge("ann", into: "bob")
            let merged = try #require(try await follower.look())
            try await till.erase("bob")
            let erased = try #require(try await follower.look())

            #expect(first.shoppers == [ann] && first.products.count == 1)
            #expect(returned.shoppers == [ann, bob].sorted())
            #expect(voided.shoppers.contains(bob))
            #expect(tagged == Self.shoppers(ann))
            #expect(replaced == Self.shoppers(ann, bob))
            #expect(branded.products == first.products && branded.shoppers.isEmpty)
            #expect(shelved.categories && shelved.shoppers.isEmpty)
            #expect(ruled.traits && ruled.shoppers.isEmpty)
            #expect(flagged.shoppers == [ann] && flagged.people == [ann])
            #expect(merged.shoppers == [ann, bob].sorted())
            #expect(erased.shoppers == [ann, bob].sorted())
            #expect(try await follower.look() == ProfileChanges())
        }
    }

    @Test func `a receipt that is sent again notes nothing`() async throws {
        try await TestMarket.run { market in
            let till = try await ShopTill(market)
            try await till.sell(1, to: "ann", [("milk", 1_000)])
            var follower = try await Follower(market, till.retailer)

            try await till.sell(1, to: "ann", [("milk", 1_000)])

            #expect(try await follower.look() == ProfileChanges())
        }
    }

    @Test func `what commits late is found by whoever looked meanwhile`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            var follower = try await Follower(market, retailer)
            let (written, gate) = (AsyncStream<Void>.makeStream(), DispatchSemaphore(value: 0))
            async let late: Void = market.database.transaction(as: .retailer(retailer)) { tx in
                try tx.noteProfileChange(.shoppers, [7], of: retailer)
                written.continuation.yield()
                gate.wait()
            }
            for await _ in written.stream { break }
            try await market.database.transaction(as: .retailer(retailer)) { tx in
                try tx.noteProfileChange(.shoppers, [8], of: retailer)
            }

            let before = try await follower.look()
            gate.signal()
            try await late
            let after = try await follower.look()

            #expect(before == Self.shoppers(8))
            #expect(after == Self.shoppers(7))
        }
    }

    @Test func `a follower that slept longer than changes are kept begins anew, and one that did not goes on`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let note: @Sendable (Int64) async throws -> Void = { key in
                try await market.database.transaction(as: .retailer(retailer)) { tx in
                    try tx.noteProfileChange(.shoppers, [key], of: retailer)
                }
            }
            var sleeper = try await Follower(market, retailer)
            try await note(1)
            var awake = try await Follower(market, retailer)
            while try await !awake.hasSeenAllBefore(now: 1) { awake = try await Follower(market, retailer) }
            try await note(2)

            let removed = try await market.database.transaction(as: .worker(retailer)) { tx in
                try tx.removeProfileChanges(of: retailer, olderThanSeconds: 0, rowsMax: 1)
            }
            let kept = try await market.database.transaction(as: .worker(retailer)) { tx in
                try tx.removeProfileChanges(of: retailer, olderThanSeconds: 3_600, rowsMax: 10)
            }

            #expect((removed, kept) == (1, 0))
            #expect(try await sleeper.look() == nil)
            #expect(try await awake.look() == Self.shoppers(2))
        }
    }

    @Test func `what is younger than a day is kept, of every retailer`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            var follower = try await Follower(market, retailer)
            try await market.database.transaction(as: .retailer(retailer)) { tx in
                try tx.noteProfileChange(.shoppers, [5], of: retailer)
            }

            try await market.marketplace.profileChanges.prune()

            #expect(try await follower.look() == Self.shoppers(5))
        }
    }

    @Test func `a position of another cluster or timeline is of no use`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            var follower = try await Follower(market, retailer)
            follower.position = ProfilePosition(snapshot: follower.position.snapshot, origin: "1/00000001/1")

            #expect(try await follower.look() == nil)
        }
    }
}

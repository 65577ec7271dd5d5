import App
import Bitmaps
import Campaigns
import JSONText
import Kernel
import Offers
import Parties
import Postgres
import Shoppers
import Tenancy
import TestSupport
import Testing

/// What a campaign brought, against its holdout.
@Suite struct LiftTests {
    private static func sums(_ outcomes: [Int64], of shoppers: Int64) -> OutcomeSums {
        var sums = OutcomeSums(shoppers: shoppers)
        for outcome in outcomes { sums.add(outcome) }
        return sums
    }

    @Test func `a difference is told with its interval, and only where chance did not make it`() {
        // 400 of 1 000 buy one unit where 250 of 1 000 did: 0.15, with a standard error of sqrt(0.24 / 999 + 0.1875 / 999).
        let clear = LiftMeasure(
            Self.sums(Array(repeating: 1, count: 400), of: 1_000), against: Self.sums(Array(repeating: 1, count: 250), of: 1_000))
        let less = LiftMeasure(
            Self.sums(Array(repeating: 1, count: 250), of: 1_000), against: Self.sums(Array(repeating: 1, count: 400), of: 1_000))
        let small = LiftMeasure(
            Self.sums(Array(repeating: 1, count: 80), of: 199), against: Self.sums(Array(repeating: 1, count: 10), of: 199))
        let even = LiftMeasure(
            Self.sums(Array(repeating: 1, count: 260), of: 1_000), against: Self.sums(Array(repeating: 1, count: 250), of: 1_000))
        let nobody = LiftMeasure(OutcomeSums(), against: OutcomeSums())
        // At the rate of those who were shown it, nobody of 200 buys in two draws of three.
        let rare = LiftMeasure(Self.sums(Array(repeating: 1, count: 20), of: 10_000), against: OutcomeSums(shoppers: 200))
        let huge = LiftMeasure(Self.sums([.max, .max], of: 2), against: OutcomeSums(shoppers: 1))

        #expect((clear.shown, clear.holdout, clear.difference) == (400, 250, 150))
        #expect((clear.low, clear.high, clear.verdict) == (109, 191, .more))
        #expect((less.low, less.high, less.verdict) == (-191, -109, .less))
        #expect((small.difference, small.verdict) == (352, .inconclusive))
        #expect((even.difference, even.verdict) == (10, .inconclusive))
        #expect((nobody.difference, nobody.verdict) == (0, .inconclusive))
        #expect((rare.difference, rare.verdict) == (2, .inconclusive))
        #expect((huge.difference, huge.high) == (.max, .max))
    }

    @Test func `all who were assigned count, less what came back, and by the depth that was decided first`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market, shoppers: 900)
            try await town.switchOn(["small_discount_buyer": [:], "missing_category": [:]])
            let before = BusinessDay("2026-03-03")!
            let keys = town.shoppers.values.sorted()
            let small = Set(keys.prefix(500))
            try await town.write(small.sorted().map { Bought(shopper: $0, pieces: 1, paid: 9_500) }, on: before)
            let campaign = try await town.running(OfferTown.threeDepths.merging(["holdout_bp": 5_000]) { $1 })
            let retailer = town.retailer
            let members = try #require(
                try await market.load(retailer) { tx, _ in try tx.members(of: campaign, version: 1, at: retailer) })
            let (shown, held) = (members.shown.sorted.map(Int64.init), members.holdout.sorted.map(Int64.init))
            // Those who were shown it buy two pieces each, of the others every second one.
            let bought =
                shown.map { Bought(shopper: $0, pieces: 2, paid: 20_000) }
                + held.filter { $0 % 2 == 0 }.map { Bought(shopper: $0, pieces: 1, paid: 10_000) }
            try await town.write(bought, on: BusinessDay("2026-03-10")!)
            // One brings all of it back.
            try await town.bringBack(Bought(shopper: shown[0], pieces: 2, paid: 20_000), of: BusinessDay("2026-03-10")!)
            try await town.advance(to: "2026-03-11T09:00:00Z")

            let analyst = try await market.key(of: retailer, .analyst)
            let lift = try await market.get("\(town.path)/campaigns/\(campaign)/lift", as: analyst).json

            #expect(lift["from"] == "2026-03-09" && lift["through"] == "2026-03-10")
            let total = lift["total"]
            #expect(total["shown"] == .integer(Int64(shown.count)) && total["holdout"] == .integer(Int64(held.count)))
            let units = LiftMeasure(
                Self.sums(Array(repeating: 2, count: shown.count - 1), of: Int64(shown.count)),
                against: Self.sums(Array(repeating: 1, count: held.count { $0 % 2 == 0 }), of: Int64(held.count)))
            #expect(total["products"]["units"]["difference"] == .integer(units.difference))
            #expect(total["products"]["units"]["low"] == .integer(units.low))
            #expect(total["products"]["units"]["verdict"] == "more")
            let spend = LiftMeasure(
                Self.sums(Array(repeating: 20_000, count: shown.count - 1), of: Int64(shown.count)),
                against: Self.sums(Array(repeating: 10_000, count: held.count { $0 % 2 == 0 }), of: Int64(held.count)))
            #expect(total["products"]["spend"]["difference"] == .integer(spend.difference))
            #expect(total["categories"] == total["products"])
            let parts = lift["by_depth"].elements
            #expect(parts.map { $0["depth_bp"] } == [1_000, 1_500])
            #expect(parts[0]["shown"] == .integer(Int64(shown.count { small.contains($0) })))
            #expect(parts[0]["holdout"] == .integer(Int64(held.count { small.contains($0) })))
            #expect(parts[1]["holdout"] == .integer(Int64(held.count { !small.contains($0) })))

            // A business is nobody's shopper, and who brings back what nobody knows the sale of has bought less.
            try await town.set(ShopperFlags(kind: .business), of: ExternalID(stored: "h1"))
            let first = try #require(town.shoppers["h1"])
            let without = try await market.get("\(town.path)/campaigns/\(campaign)/lift", as: analyst).json["total"]
            #expect(without["shown"] == .integer(Int64(shown.count { $0 != first })))
            #expect(without["holdout"] == .integer(Int64(held.count { $0 != first })))
            try await town.set(ShopperFlags(kind: .person), of: ExternalID(stored: "h1"))

            // What they bought made all of them others; their groups stay.
            try await town.advance(to: "2026-03-16T09:00:00Z")
            let later = try await market.get("\(town.path)/campaigns/\(campaign)/lift", as: analyst).json
            #expect(later["by_depth"].elements.map { $0["shown"] } == parts.map { $0["shown"] })
            #expect(try await market.get("\(town.path)/campaigns/\(campaign)/lift", as: town.marketer).status == 403)
        }
    }

    @Test func `a campaign that was stopped is measured to that day, and one that never ran not at all`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            let stopped = try await town.running()
            let waiting = try await town.launch(["starts_at": "2026-03-20T00:00:00"], at: "2026-03-09T10:00:00Z")
            try await town.advance(to: "2026-03-10T09:00:00Z")
            try await town.act(stopped, "stop", as: town.approver, ["reason": "shelf is empty"])
            try await town.advance(to: "2026-03-18T09:00:00Z")
            let analyst = try await market.key(of: town.retailer, .analyst)

            let short = try await market.get("\(town.path)/campaigns/\(stopped)/lift", as: analyst).json
            let none = try await market.get("\(town.path)/campaigns/\(waiting)/lift", as: analyst).json

            #expect(short["from"] == "2026-03-09" && short["through"] == "2026-03-10")
            #expect(short["total"]["shown"] == 60)
            #expect(none["from"] == "2026-03-20" && none["through"] == "2026-03-19")
            #expect(none["total"]["shown"] == 0)
        }
    }

    @Test func `keys that were merged are one shopper, held out where one of them was, and of one depth`() {
        let keys = LiftKeys(merged: [(key: 1, into: 2), (key: 5, into: 6)], others: KeySet([9]))
        let total = keys.group((shown: KeySet([2, 3, 5, 9]), holdout: KeySet([1, 4])))
        let parts = keys.groups(
            [
                AssignedDepth(depthBP: 1_000, shown: KeySet([3, 5, 9]), holdout: KeySet([1])),
                AssignedDepth(depthBP: 1_500, shown: KeySet([2, 6]), holdout: KeySet([4])),
            ], within: total)

        #expect(total.shown.sorted == [3, 6])
        #expect(total.holdout.sorted == [2, 4])
        #expect(parts.map { $0.group.shown.sorted } == [[3, 6], []])
        #expect(parts.map { $0.group.holdout.sorted } == [[2], [4]])
    }

    @Test func `of a campaign without a holdout nothing is said`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            let campaign = try await town.running(["eligibility": ["type": "everyone"]])
            let analyst = try await market.key(of: town.retailer, .analyst)

            let lift = try await market.get("\(town.path)/campaigns/\(campaign)/lift", as: analyst).json

            #expect(lift["total"]["shown"] == 0 && lift["total"]["holdout"] == 0)
            #expect(lift["total"]["products"]["units"]["verdict"] == "inconclusive")
            #expect(lift["by_depth"] == [])
        }
    }
}

/// Pieces of `p1` that somebody bought at once, and what they paid.
private struct Bought: Sendable {
    let shopper: ShopperKey
    let pieces: Int64
    let paid: Int64
}

extension OfferTown {
    /// Receipts by many, as if the tills had filed them.
    fileprivate func write(_ bought: [Bought], on day: BusinessDay) async throws {
        let retailer = retailer
        try await market.load(retailer) { tx, _ in try tx.execute("SELECT attach_month('receipt', \(day))") }
        try await market.load(retailer) { tx, now in
            try tx.execute(
                """
                INSERT INTO receipt (
                    retailer_id, business_day, store_ordinal, till, number, kind, shopper_key, sold_at, received_at, fingerprint,
                    line_no, product_ordinal, quantity_milli, regular_amount, base_amount, paid_amount, vat_rate_bp
                )
                SELECT \(retailer), \(day), store.ordinal, '1', 'w' || new.shopper_key, 'sale', new.shopper_key, \(now), \(now),
                    sha256(''), '{1}', ARRAY[product.ordinal], ARRAY[1000 * new.pieces], ARRAY[10000 * new.pieces],
                    ARRAY[new.paid], ARRAY[new.paid], '{NULL}'
                FROM unnest(\(bought.map(\.shopper)), \(bought.map(\.pieces)), \(bought.map(\.paid)))
                    AS new (shopper_key, pieces, paid)
                JOIN product ON product.retailer_id = \(retailer) AND product.product_id = 'p1'
                JOIN store ON store.retailer_id = \(retailer) AND store.store_id = 's1'
                """)
        }
    }

    fileprivate func bringBack(_ bought: Bought, of day: BusinessDay) async throws {
        let retailer = retailer
        try await market.load(retailer) { tx, now in
            try tx.execute(
                """
                INSERT INTO return_line (
                    retailer_id, business_day, store_ordinal, till, shift, number, line_no, product_ordinal, quantity_milli, amount,
                    match, original_business_day, original_store_ordinal, original_till, original_shift, original_number,
                    original_line_no, received_at
                )
                SELECT retailer_id, business_day, store_ordinal, '2', '', 'back', 1, product_ordinal[1], quantity_milli[1],
                    paid_amount[1], 'original', business_day, store_ordinal, till, shift, number, 1, \(now)
                FROM receipt
                WHERE retailer_id = \(retailer) AND business_day = \(day) AND number = \("w\(bought.shopper)")
                """)
        }
    }
}

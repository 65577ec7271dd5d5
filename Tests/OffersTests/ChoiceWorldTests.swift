import Bitmaps
import Campaigns
import Catalogue
import JSONText
import Kernel
import Offers
import Parties
import Postgres
import Shoppers
import Tenancy
import TestSupport
import Testing

/// Random campaigns, policies and purchases, through the whole service.
@Suite struct ChoiceWorldTests {
    /// A campaign of a world.
    struct Show: Sendable {
        let id: CampaignID
        let supplier: SupplierID
        let category: String
        let holdout: KeySet
        /// What it may give; 0 where it is the same for everybody.
        let depths: Set<Int32>
    }

    @Test(arguments: 0..<UInt64(5)) func `what is promised keeps every rule, and is what is explained`(seed: UInt64) async throws
    {
        try await TestMarket.run { market in
            var random = SeededGenerator(seed: seed)
            // As many as a supplier's noise does not hide; 24 of them are looked at.
            let town = try await OfferTown.make(in: market)
            let looked = town.shoppers.filter { (1...24).map { "h\($0)" }.contains($0.key.text) }
            let towns = [town, try await town.rival(), try await town.rival()]
            try await market.makeProducts(4, of: town.retailer) { product in
                product.category = ExternalID(stored: ["p1", "p2"].contains(product.id.text) ? "c1" : "c2")
            }
            try await market.makePrices(["p3": 30_000, "p4": 40_000], of: town.retailer)
            let most = Int.random(in: 1...3, using: &random)
            let (isApart, isFair) = (Bool.random(using: &random), Bool.random(using: &random))
            try await town.choose([
                "offers_per_shopper_max": .integer(Int64(most)), "competitor_separation": isApart ? "category" : "none",
                "slots": isFair ? "fair" : "best",
            ])
            try await town.switchOn(["missing_category": ["neighbours": 10], "small_discount_buyer": [:]])
            var shows: [Show] = []
            for number in 0..<6 {
                let (owner, product) = (towns[Int.random(in: 0..<3, using: &random)], Int.random(in: 1...4, using: &random))
                let day = number < 4 ? "09" : "11"
                let isByShopper = Bool.random(using: &random)
                let terms: [String: JSONValue] = [
                    "name": .string("Show \(number)"), "products": ["ids": [.string("p\(product)")]],
                    "holdout_bp": .integer(Bool.random(using: &random) ? 3_000 : 0),
                    "starts_at": .string("2026-03-\(day)T00:00:00"),
                ]
                let id = try await owner.launch(
                    isByShopper ? terms.merging(OfferTown.threeDepths) { $1 } : terms,
                    at: "2026-03-02T12:\(10 + number):00Z")
                let retailer = town.retailer
                let members = try await market.load(retailer) { tx, _ in try tx.members(of: id, version: 1, at: retailer) }
                shows.append(
                    Show(
                        id: id, supplier: owner.supplier, category: product < 3 ? "c1" : "c2",
                        holdout: members?.holdout ?? KeySet(), depths: isByShopper ? [1_000, 1_500, 2_500] : [0]))
            }
            for number in 0..<20 {
                let (shopper, product) = (Int.random(in: 1...24, using: &random), Int.random(in: 1...4, using: &random))
                try await town.sell(
                    "p\(product)", to: "h\(shopper)", number: "\(number)", on: "2026-03-0\(3 + number / 5)",
                    paid: [10_000, 9_500, 7_000].randomElement(using: &random) ?? 10_000)
            }
            var before: [ExternalID: PromisesHeld] = [:]
            for day in ["2026-03-09", "2026-03-11", "2026-03-16"] {
                try await town.advance(to: "\(day)T09:00:00Z")
                for (shopper, key) in looked {
                    let held = try await town.held(by: shopper, on: day)
                    let promised = held.campaigns
                    let mine = shows.filter { promised.contains($0.id) }
                    #expect(mine.count <= most)
                    #expect(!mine.contains { $0.holdout.contains(UInt32(key)) })
                    if isApart {
                        for category in ["c1", "c2"] {
                            #expect(Set(mine.filter { $0.category == category }.map(\.supplier)).count <= 1)
                        }
                    }
                    if day == "2026-03-11" {
                        for (id, depth) in before[shopper]?.depthsBP ?? [:] { #expect(held.depthsBP[id] == depth) }
                    }
                    before[shopper] = held
                    let explained = try await town.explained(shopper.text)
                    for show in mine {
                        let depth = try #require(held.depthsBP[show.id])
                        #expect(show.depths.contains(depth))
                        guard depth > 0 else { continue }
                        #expect(explained[show.id]?["depth_bp"] == .integer(Int64(depth)), "\(shopper) on \(day)")
                    }
                    let verdicts = explained.compactMapValues { $0["verdict"].string }
                    #expect(Set(verdicts.filter { $0.value == "chosen" }.keys) == promised)
                    for show in shows where show.holdout.contains(UInt32(key)) {
                        #expect(verdicts[show.id] == "holdout" || day == "2026-03-09" && verdicts[show.id] == nil)
                    }
                    if promised.count < most, !isApart {
                        #expect(!verdicts.values.contains("no_slot"), "\(shopper) on \(day): \(verdicts)")
                    }
                }
            }
        }
    }
}

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
    }

    @Test(arguments: 0..<UInt64(5)) func `what is promised keeps every rule, and is what is explained`(seed: UInt64) async throws
    {
        try await TestMarket.run { market in
            var random = SeededGenerator(seed: seed)
            let town = try await OfferTown.make(in: market, shoppers: 24)
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
            var shows: [Show] = []
            for number in 0..<6 {
                let (owner, product) = (towns[Int.random(in: 0..<3, using: &random)], Int.random(in: 1...4, using: &random))
                let day = number < 4 ? "09" : "11"
                let id = try await owner.launch(
                    [
                        "name": .string("Show \(number)"), "products": ["ids": [.string("p\(product)")]],
                        "holdout_bp": .integer(Bool.random(using: &random) ? 3_000 : 0),
                        "starts_at": .string("2026-03-\(day)T00:00:00"),
                    ], at: "2026-03-02T12:\(10 + number):00Z")
                let retailer = town.retailer
                let members = try await market.load(retailer) { tx, _ in try tx.members(of: id, version: 1, at: retailer) }
                shows.append(
                    Show(
                        id: id, supplier: owner.supplier, category: product < 3 ? "c1" : "c2",
                        holdout: members?.holdout ?? KeySet()))
            }
            for number in 0..<20 {
                let (shopper, product) = (Int.random(in: 1...24, using: &random), Int.random(in: 1...4, using: &random))
                try await town.sell(
                    "p\(product)", to: "h\(shopper)", number: "\(number)", at: "2026-03-0\(3 + number / 5)T1\(number % 5):00:00Z")
            }
            var before: [ExternalID: Set<CampaignID>] = [:]
            for day in ["2026-03-09", "2026-03-11", "2026-03-16"] {
                try await town.advance(to: "\(day)T09:00:00Z")
                for (shopper, key) in town.shoppers {
                    let promised = try await town.promised(to: shopper, on: day)
                    let mine = shows.filter { promised.contains($0.id) }
                    #expect(mine.count <= most)
                    #expect(!mine.contains { $0.holdout.contains(UInt32(key)) })
                    if isApart {
                        for category in ["c1", "c2"] {
                            #expect(Set(mine.filter { $0.category == category }.map(\.supplier)).count <= 1)
                        }
                    }
                    if day == "2026-03-11" { #expect(promised.isSuperset(of: before[shopper] ?? [])) }
                    before[shopper] = promised
                    let verdicts = try await town.verdicts(shopper.text)
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

import App
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

/// A town of three suppliers with random campaigns, policy and purchases, all of them from a seed. A week of it is decided on
/// Monday, 9 March, two campaigns more start on Wednesday, and the next week begins on the 16th.
struct OfferWorld: Sendable {
    /// A campaign of a world.
    struct Show: Sendable {
        let id: CampaignID
        let supplier: SupplierID
        let product: String
        let startsOn: String
        let budget: Int64
        let holdout: KeySet
        /// What it may give; 0 where it is the same for everybody, and then it is 15 %.
        let depths: Set<Int32>

        var category: String { OfferWorld.category(of: product) }
    }

    static let prices: [String: Int64] = ["p1": 10_000, "p2": 20_000, "p3": 30_000, "p4": 40_000]
    static let days = ["2026-03-09", "2026-03-11", "2026-03-16"]
    /// Units of a campaign's limits.
    static let (perShopper, perReceipt) = (3, 2)

    let town: OfferTown
    let shows: [Show]
    /// Slots of a shopper, and whether rivals of a category are kept apart.
    let slots: Int
    let isApart: Bool
    /// Below which nothing is sold, by product.
    let floors: [String: Int64]
    /// Shoppers who are looked at. The town has more of them, so that a supplier's noise does not hide the audience.
    let looked: [ExternalID: ShopperKey]
    let till: KeyToken
    var random: SeededGenerator
    var sold = SoldUnits()

    static func make(in market: TestMarket, seed: UInt64) async throws -> OfferWorld {
        var random = SeededGenerator(seed: seed)
        let town = try await OfferTown.make(in: market)
        let towns = [town, try await town.rival(), try await town.rival()]
        try await market.makeProducts(4, of: town.retailer) { $0.category = ExternalID(stored: category(of: $0.id.text)) }
        try await market.makePrices(
            Dictionary(uniqueKeysWithValues: prices.map { (ExternalID(stored: $0.key), $0.value) }), of: town.retailer)
        let floors = [("p2", Int64(17_000)), ("p3", 27_000)].filter { _ in Bool.random(using: &random) }
        try await town.file(floors: floors)
        let slots = Int.random(in: 1...3, using: &random)
        let (isApart, isFair) = (Bool.random(using: &random), Bool.random(using: &random))
        try await town.choose([
            "offers_per_shopper_max": .integer(Int64(slots)), "competitor_separation": isApart ? "category" : "none",
            "slots": isFair ? "fair" : "best",
        ])
        try await town.switchOn(["missing_category": ["neighbours": 10], "small_discount_buyer": [:]])
        var shows: [Show] = []
        for number in 0..<6 {
            let owner = towns[Int.random(in: 0..<3, using: &random)]
            shows.append(try await owner.show(number, using: &random))
        }
        let named = Set((1...12).map { "h\($0)" })
        let looked = town.shoppers.filter { named.contains($0.key.text) }
        for number in 0..<20 {
            let (shopper, product) = (Int.random(in: 1...12, using: &random), Int.random(in: 1...4, using: &random))
            try await town.sell(
                "p\(product)", to: "h\(shopper)", number: "\(number)", on: "2026-03-0\(3 + number / 5)",
                paid: [10_000, 9_500, 7_000].randomElement(using: &random) ?? 10_000)
        }
        // Memory loads a retailer once somebody asked.
        _ = try await town.offers(of: "h1")
        return OfferWorld(
            town: town, shows: shows, slots: slots, isApart: isApart,
            floors: Dictionary(uniqueKeysWithValues: floors), looked: looked,
            till: try await market.key(of: town.retailer, .till), random: random)
    }

    private static func category(of product: String) -> String { ["p1", "p2"].contains(product) ? "c1" : "c2" }

    /// Time goes on, for memory too.
    func advance(to time: String) async throws {
        try await town.advance(to: time)
        await town.market.marketplace.offerMemory.advance()
    }

    /// What a unit of a product costs less, in minor units: never so much that it goes below the product's floor.
    func discount(_ depth: Int32, of product: String) -> Int64 {
        let price = Self.prices[product] ?? 0
        return min(price * Int64(depth == 0 ? 1_500 : depth) / 10_000, price - (floors[product] ?? 0))
    }
}

/// What was sold of each campaign.
struct SoldUnits: Sendable {
    private struct Buyer: Hashable {
        let campaign: CampaignID
        let shopper: ExternalID
    }

    private var units: [Buyer: Int] = [:]
    private(set) var minor: [CampaignID: Int64] = [:]

    func units(of campaign: CampaignID, by shopper: ExternalID) -> Int {
        units[Buyer(campaign: campaign, shopper: shopper), default: 0]
    }

    mutating func add(_ count: Int, _ amount: Int64, of campaign: CampaignID, by shopper: ExternalID) {
        units[Buyer(campaign: campaign, shopper: shopper), default: 0] += count
        minor[campaign, default: 0] += amount
    }
}

extension OfferTown {
    fileprivate func file(floors: [(product: String, amount: Int64)]) async throws {
        let bounds = floors.map { product, amount in
            PriceBound(
                product: ExternalID(stored: product), kind: .floor, validFrom: BusinessDay(daysSince1970: 0),
                amount: Money(minor: amount, asset: .rouble))
        }
        try await market.load(retailer) { tx, _ in _ = try tx.upsert(bounds, of: retailer) }
    }

    /// A random campaign of this supplier; the first four start on Monday, the others on Wednesday. Every third budget is so
    /// small that it may run out.
    fileprivate func show(_ number: Int, using random: inout SeededGenerator) async throws -> OfferWorld.Show {
        let product = "p\(Int.random(in: 1...4, using: &random))"
        let isByShopper = Bool.random(using: &random)
        let budget: Int64 = Int.random(in: 0..<3, using: &random) == 0 ? 30_000 : 500_000
        let startsOn = number < 4 ? OfferWorld.days[0] : OfferWorld.days[1]
        let terms: [String: JSONValue] = [
            "name": .string("Show \(number)"), "products": ["ids": [.string(product)]],
            "holdout_bp": .integer(Bool.random(using: &random) ? 3_000 : 0),
            "starts_at": .string("\(startsOn)T00:00:00"),
            "budget": ["amount": .integer(budget), "currency": "RUB"],
        ]
        let id = try await launch(
            isByShopper ? terms.merging(Self.threeDepths) { $1 } : terms, at: "2026-03-02T12:\(10 + number):00Z")
        let members = try await market.load(retailer) { tx, _ in try tx.members(of: id, version: 1, at: retailer) }
        return OfferWorld.Show(
            id: id, supplier: supplier, product: product, startsOn: startsOn, budget: budget,
            holdout: members?.holdout ?? KeySet(),
            depths: isByShopper ? [1_000, 1_500, 2_500] : [0])
    }
}

import App
import Campaigns
import Catalogue
import EventLog
import JSONText
import Kernel
import Offers
import Parties
import Postgres
import Shoppers
import Tenancy
import TestSupport
import Testing

/// In random worlds memory that has looked answers as PostgreSQL does, whatever happened before the look.
@Suite struct OfferMemoryPropertyTests {
    @Test(arguments: [11, 23, 37, 59] as [UInt64])
    func `memory answers what PostgreSQL has, byte for byte`(seed: UInt64) async throws {
        try await TestMarket.run(offers: OfferBounds()) { market in
            var world = try await ShiftingTown.make(in: market, seed: seed)
            try await TestMarket.run(on: market.database, clock: market.clock) { plain in
                for step in 1...14 {
                    let change = try await world.change()
                    let before = market.marketplace.offerMemory.answers.memory
                    // The first look after a start only loads.
                    for question in world.questions() { _ = try await market.get(question.path, as: world.town.app) }
                    await market.marketplace.offerMemory.advance()
                    var asked = 0
                    for question in world.questions() {
                        let headers = [("Accept-Language", question.language)]
                        let fast = try await market.get(question.path, as: world.town.app, headers: headers)
                        let slow = try await plain.get(question.path, as: world.town.app, headers: headers)
                        #expect(
                            fast.text == slow.text, "seed \(seed), step \(step), after \(change): \(question.path)")
                        asked += 1
                        guard let cursor = fast.json["next_cursor"].string else { continue }
                        let next = "\(question.path)&cursor=\(cursor)"
                        let (fastNext, slowNext) = (
                            try await market.get(next, as: world.town.app, headers: headers),
                            try await plain.get(next, as: world.town.app, headers: headers)
                        )
                        #expect(fastNext.text == slowNext.text, "seed \(seed), step \(step), after \(change): \(next)")
                        asked += 1
                    }
                    #expect(
                        market.marketplace.offerMemory.answers.memory >= before + asked,
                        "seed \(seed), step \(step), after \(change)")
                }
            }
        }
    }
}

/// A town to which something happens at each step.
private struct ShiftingTown {
    let town: OfferTown
    private var random: SeededGenerator
    private var campaigns: [CampaignID] = []
    private var spent: [CampaignID: Int64] = [:]
    private var hour = 0

    static func make(in market: TestMarket, seed: UInt64) async throws -> ShiftingTown {
        let town = try await OfferTown.make(in: market, shoppers: 40)
        try await market.makeStores(2, of: town.retailer)
        var shifting = ShiftingTown(town: town, random: SeededGenerator(seed: seed))
        try await shifting.sellAtDiscounts()
        try await shifting.start()
        try await shifting.start()
        return shifting
    }

    struct Question {
        let path: String
        let language: String
    }

    mutating func questions() -> [Question] {
        ["h1", "h2", "h\(Int.random(in: 3...40, using: &random))", "nobody", "new1"].map { shopper in
            let stores = ["", "store_id=s1", "store_id=s2"]
            let limits = ["", "limit=1", "limit=3"]
            let categories = ["", "", "category_id=c1"]
            let query = [stores, limits, categories].map { $0.randomElement(using: &random) ?? "" }.filter { !$0.isEmpty }
            return Question(
                path: "\(town.path)/shoppers/\(shopper)/offers?\(query.joined(separator: "&"))",
                language: ["ru", "en", "de;q=0.5, en;q=0.1"].randomElement(using: &random) ?? "ru")
        }
    }

    /// So that the depth rules are true of some.
    private mutating func sellAtDiscounts() async throws {
        try await town.switchOn(["deep_promotion_buyer": ["receipts_min": 1, "lowest_bp": 10_000], "small_discount_buyer": [:]])
        for shopper in ["h1", "h2", "h3", "h5", "h7"] {
            let paid = [7_000, 9_500].randomElement(using: &random) ?? 7_000
            try await town.sell("p2", to: shopper, number: "before \(shopper)", on: "2026-03-03", paid: Int64(paid))
        }
    }

    private mutating func start() async throws {
        let rewards: [JSONValue] = [
            ["type": "percent_off", "basis_points": 1_500], ["type": "fixed_price", "price_per_unit": 7_000],
            ["type": "amount_off", "amount_per_unit": 1_000],
        ]
        var terms: [String: JSONValue] = [
            "products": ["ids": [["p1"], ["p2"], ["p1", "p2"]].randomElement(using: &random) ?? ["p1"]],
            "reward": rewards.randomElement(using: &random) ?? rewards[0],
        ]
        if Int.random(in: 0..<3, using: &random) == 0 { terms["eligibility"] = ["type": "everyone"] }
        if Bool.random(using: &random) {
            terms["limits"] = ["units_per_shopper": 3, "units_per_shopper_week": 2, "units_per_receipt": 2, "units": 1_000]
        }
        if Int.random(in: 0..<3, using: &random) == 0 { terms["needs_activation"] = true }
        if terms["eligibility"] == nil, terms["reward"] == rewards[0], Int.random(in: 0..<3, using: &random) > 0 {
            terms["depth_by_shopper"] = [
                "rules": [
                    ["rule": "small_discount_buyer", "depth_bp": 500], ["rule": "deep_promotion_buyer", "depth_bp": 1_500],
                ],
                "otherwise_bp": 1_000,
            ]
        }
        campaigns.append(try await town.running(terms))
    }

    /// What happened, for a failure's message.
    mutating func change() async throws -> String {
        hour += 1
        let (market, retailer) = (town.market, town.retailer)
        let shopper = ExternalID(stored: "h\(Int.random(in: 1...6, using: &random))")
        let campaign = campaigns.randomElement(using: &random)
        let choice = Int.random(in: 0..<13, using: &random)
        switch choice {
        case 0: try await start()
        case 1:
            let price = Int64.random(in: 5_000...30_000, using: &random)
            try await market.makePrices(["p1": price], of: retailer)
        case 2:
            let isGiven = Bool.random(using: &random)
            try await town.set(ShopperFlags(personalOffers: isGiven, adult: isGiven ? .yes : .unknown), of: shopper)
        case 3:
            let (isAdult, isPiece) = (Bool.random(using: &random), Bool.random(using: &random))
            try await market.makeProducts(1, of: retailer, suppliers: [town.supplier]) {
                $0.isAdult = isAdult
                $0.unit = isPiece ? .piece : .kilogram
            }
        case 4:
            if let campaign { _ = try? await town.act(campaign, "pause", as: town.approver, ["reason": "Test"]) }
        case 5:
            if let campaign { _ = try? await town.act(campaign, "resume", as: town.approver) }
        case 6:
            let key = town.shoppers[shopper] ?? 1
            let ids = campaigns
            let used = Int64.random(in: 0...2, using: &random)
            try await market.load(retailer) { tx, _ in try tx.use(used, of: ids, by: key, at: retailer) }
        case 7:
            let others = try await market.key(of: retailer, .admin)
            _ = try await market.post(
                "\(town.path)/shoppers/\(shopper)/merge", as: others, ["into": "h7"])
        case 8:
            let admin = try await market.key(of: retailer, .admin)
            _ = try await market.delete("\(town.path)/shoppers/\(shopper)", as: admin)
        case 9:
            _ = try await market.makeShoppers(41, of: retailer)
            try await market.load(retailer) { tx, now in
                _ = try tx.shopperKeys(for: [ExternalID(stored: "new1")], of: retailer, creating: true, at: now)
            }
        case 10:
            guard let campaign else { break }
            // Much, or all but what a unit costs.
            let left = 500_000 - spent[campaign, default: 0]
            let amount = Bool.random(using: &random) ? 100_000 : left - Int64.random(in: 0...4_000, using: &random)
            guard 0 < amount, amount <= left else { break }
            spent[campaign, default: 0] += amount
            try await town.spend(amount, of: campaign)
        case 11:
            guard let campaign else { break }
            let products = [["p1"], ["p2"], ["p1", "p2"]].randomElement(using: &random) ?? ["p1"]
            let changes = "\(town.path)/campaigns/\(campaign)/changes"
            let wanted = try await market.post(
                changes, as: town.marketer, ["products": ["ids": .array(products.map { .string($0) })], "reason": "test"],
                headers: [("Idempotency-Key", "want-\(hour)")])
            guard let id = wanted.json["id"].string else { break }
            _ = try await market.post(
                "\(changes)/\(id)/approve", as: town.approver, headers: [("Idempotency-Key", "approve-\(hour)")])
        case 12:
            let events = campaigns.map { campaign -> JSONValue in
                [
                    "type": "activation", "shopper_id": .string("\(shopper)"), "campaign_id": .string("\(campaign)"),
                    "at": "2026-03-09T09:00:00Z",
                ]
            }
            _ = try await market.post("\(town.path)/offers/events", as: town.app, ["events": .array(events)])
        default: break
        }
        // Into the next week, in which changed campaigns are about something else.
        let day = 9 + hour * 2 / 3
        try await town.advance(to: "2026-03-\(day < 10 ? "0" : "")\(day)T\(10 + hour % 3 * 5):30:00Z")
        return "\(choice)"
    }
}

extension Transaction {
    /// As the till counts, so that it is noted.
    fileprivate func use(_ units: Int64, of campaigns: [CampaignID], by shopper: ShopperKey, at retailer: RetailerID) throws {
        for campaign in campaigns {
            try execute(
                """
                INSERT INTO limit_counter (retailer_id, campaign_id, counter, subject, period, used, held, limit_units)
                VALUES (\(retailer), \(campaign), 'units_per_shopper', \("\(shopper)"), '', \(units), 0, 3),
                    (\(retailer), \(campaign), 'units', '', '', \(units), 0, 1000)
                ON CONFLICT (retailer_id, campaign_id, counter, subject, period) DO UPDATE SET used = excluded.used
                """)
        }
        try noteProfileChange(.limits, [shopper], of: retailer)
    }
}

import Kernel
import Parties
import Postgres
import Profiles
import Tenancy
import TestSupport
import Testing

/// The depth rules against their words.
@Suite struct PromotionRuleTests {
    private static let asOf = BusinessDay("2026-03-08")!

    /// How often each rule was true of somebody, over all seeds.
    private actor Tally {
        var found: [String: Int] = [:]

        func add(_ name: String, _ count: Int) { found[name, default: 0] += count }
    }

    @Test func `every rule is true of those of whom its words are, in random shops`() async throws {
        let tally = Tally()
        for seed in UInt64(1)...8 {
            try await TestMarket.run { market in
                let retailer = try await market.makeRetailer()
                let shop = try await RandomShop(seed: seed).filled(retailer, in: market)
                let found = try await market.load(retailer) { tx, _ in try Self.found(shop, at: retailer, in: tx) }
                for shopper in shop.shoppers {
                    let told = found[shopper] ?? []
                    #expect(
                        told.contains("deep") == shop.isDeepPromotionBuyer(shopper), "seed \(seed): deep, shopper \(shopper)")
                    #expect(
                        told.contains("small") == shop.isSmallDiscountBuyer(shopper), "seed \(seed): small, shopper \(shopper)")
                    for category in ["c0", "c1", "c2"] {
                        #expect(
                            told.contains(category) == shop.misses(category, shopper),
                            "seed \(seed): \(category), shopper \(shopper)")
                    }
                }
                for name in ["deep", "small", "c0", "c1", "c2"] {
                    await tally.add(name, found.values.count { $0.contains(name) })
                }
            }
        }
        let found = await tally.found
        for name in ["deep", "small", "c0", "c1", "c2"] {
            #expect((8..<200).contains(found[name] ?? 0), "\(name) is true of \(found[name] ?? 0) of 240: that tells little")
        }
    }

    private static func found(
        _ shop: NaivePromotions, at retailer: RetailerID, in tx: borrowing Transaction
    ) throws -> [Int64: Set<String>] {
        let base = try tx.promotionBase(of: retailer, asOf: shop.asOf, windowDays: shop.windowDays, by: shop.rules)
        var found: [Int64: Set<String>] = [:]
        var (habits, search) = (PromotionHabits(base.ways), AlikeShoppers.Search(base.alike))
        try tx.eachPromotionHabit(of: shop.shoppers.map { UInt32($0) }, &habits, base.ways) { key, habits in
            let holds = base.holds(habits)
            if holds.contains(.deepPromotionBuyer) { found[Int64(key), default: []].insert("deep") }
            if holds.contains(.smallDiscountBuyer) { found[Int64(key), default: []].insert("small") }
            for category in ["c0", "c1", "c2"] {
                let numbers = base.ways.numbers(of: [ExternalID(stored: category)])
                if base.misses(numbers, habits, key: key, buy: base.alike.buy(numbers), &search) {
                    found[Int64(key), default: []].insert(category)
                }
            }
        }
        return found
    }

    /// As of a card that is swiped for everybody who has none.
    @Test func `a card with hundreds of thousands of lines is no more than a card`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            try await market.makeProducts(1, of: retailer)
            let key = try #require(try await market.makeShoppers(1, of: retailer).values.first)
            let (day, lines) = (Self.asOf, 600_000)
            try await market.load(retailer) { tx, _ in try tx.execute("SELECT attach_month('receipt', \(day))") }
            try await market.load(retailer) { tx, _ in
                try tx.execute(
                    """
                    INSERT INTO receipt (
                        retailer_id, business_day, store_ordinal, till, number, kind, shopper_key, sold_at, received_at,
                        fingerprint, line_no, product_ordinal, quantity_milli, regular_amount, base_amount, paid_amount,
                        vat_rate_bp
                    )
                    SELECT \(retailer), \(day), 0, '1', '1', 'sale', \(key), clock_timestamp(), clock_timestamp(),
                        sha256(''), array_agg(n), array_agg(product.ordinal), array_agg(1000), array_agg(1000000000000000),
                        array_agg(1000000000000000), array_agg(1000000000000000), array_agg(NULL::int)
                    FROM generate_series(1, \(Int32(lines))) AS n
                    CROSS JOIN product
                    WHERE product.retailer_id = \(retailer)
                    """)
                let base = try tx.promotionBase(of: retailer, asOf: day, windowDays: 90, by: DepthRules())
                var habits = PromotionHabits(base.ways)
                try tx.eachPromotionHabit(of: [UInt32(key)], &habits, base.ways) { _, habits in
                    #expect(habits.lines == Int64(lines))
                    #expect(habits.spendMinor == .max)
                    #expect(base.holds(habits) == [])
                }
            }
        }
    }

    @Test func `a shop without a sale has nobody of whom a rule is true`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let shoppers = try await market.makeShoppers(3, of: retailer)
            try await market.makeProducts(1, of: retailer)
            let keys = shoppers.values.sorted().map { UInt32($0) }
            try await market.load(retailer) { tx, _ in
                var rules = DepthRules()
                rules.deepPromotion.receiptsMin = 1
                let base = try tx.promotionBase(of: retailer, asOf: Self.asOf, windowDays: 90, by: rules)
                var (habits, search) = (PromotionHabits(base.ways), AlikeShoppers.Search(base.alike))
                let numbers = base.ways.numbers(of: [ExternalID(stored: "c1")])
                try tx.eachPromotionHabit(of: keys, &habits, base.ways) { key, habits in
                    #expect(base.holds(habits) == [])
                    #expect(!base.misses(numbers, habits, key: key, buy: base.alike.buy(numbers), &search))
                }
                #expect(base.shopperCount == 0)
            }
        }
    }
}

/// A small shop in which edges are hit often: few prices, few days, many ties.
private struct RandomShop {
    private var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    func filled(_ retailer: RetailerID, in market: TestMarket) async throws -> NaivePromotions {
        var maker = self
        let shop = maker.shop()
        let months = Set(shop.sales.map { $0.day.startOfMonth }).sorted()
        for month in months {
            try await market.load(retailer) { tx, _ in try tx.execute("SELECT attach_month('receipt', \(month))") }
        }
        try await market.load(retailer) { tx, _ in try tx.write(shop, to: retailer) }
        return shop
    }

    private mutating func shop() -> NaivePromotions {
        let asOf = BusinessDay("2026-03-08")!
        var rules = DepthRules()
        rules.deepPromotion.receiptsMin = pick([1, 2, 3])
        rules.deepPromotion.spendShare = BasisPoints(stored: pick([3_000, 5_000]))
        rules.deepPromotion.depth = BasisPoints(stored: pick([2_000, 2_500]))
        rules.deepPromotion.lowest = BasisPoints(stored: pick([2_000, 5_000, 10_000]))
        rules.smallDiscount.lineShare = BasisPoints(stored: pick([4_000, 6_000]))
        rules.smallDiscount.depth = BasisPoints(stored: pick([1_000, 1_500]))
        rules.missingCategory.neighbours = pick([10, 12])
        rules.missingCategory.neighbourShare = BasisPoints(stored: pick([3_000, 5_000]))
        rules.missingCategory.days = pick([7, 30, 90])
        let costs =
            chance(2)
            ? []
            : (0..<12).map { _ in
                NaivePromotions.Cost(
                    product: Int.random(in: 0..<8, using: &random), zone: pick(["", "", "north"]),
                    from: asOf.adding(days: -pick([0, 20, 60, 400])), minor: pick([100, 500, 900]))
            }
        return NaivePromotions(
            categories: (0..<8).map { _ in pick(["c0", "c1", "c2", "c3", "c4", nil]) },
            zoneOfStore: chance(2) ? [1: "north"] : [:], costs: Self.once(costs), sales: (0..<220).map { _ in sale(asOf) },
            asOf: asOf, windowDays: pick([7, 30, 60]), rules: rules, shoppers: Array(1...30), base: Set(1...26))
    }

    private static func once(_ costs: [NaivePromotions.Cost]) -> [NaivePromotions.Cost] {
        Dictionary(costs.map { ("\($0.product) \($0.zone) \($0.from)", $0) }) { first, _ in first }.sorted { $0.key < $1.key }
            .map(\.value)
    }

    private mutating func sale(_ asOf: BusinessDay) -> NaivePromotions.Sale {
        NaivePromotions.Sale(
            shopper: chance(12)
                ? nil : pick([Int64.random(in: 1...30, using: &random), Int64.random(in: 1...9, using: &random)]),
            day: asOf.adding(days: -pick([-1, 0, 1, 6, 7, 20, 29, 30, 59, 60, 89])),
            store: Int32.random(in: 0...1, using: &random),
            lines: (0..<Int.random(in: 0...3, using: &random)).map { _ in line() }, counts: !chance(10))
    }

    private mutating func line() -> NaivePromotions.Line {
        let regular: Int64? = chance(8) ? nil : pick([1_000, 2_000])
        let paid: Int64? = chance(10) ? nil : (regular ?? 1_000) * pick([10, 10, 9, 8, 7]) / 10
        let quantity: Int64 = pick([1_000, 2_000, 350])
        var line = NaivePromotions.Line(
            product: Int.random(in: 0..<8, using: &random), quantityMilli: quantity, regular: regular, paid: paid,
            vatBP: pick([nil, 1_000, 2_000]))
        if chance(6) {
            line.returnedMilli = pick([quantity, quantity, quantity / 2])
            line.returnedMinor = pick([100, 500, 1_000, 3_000])
        }
        return line
    }

    private mutating func pick<Value>(_ values: [Value]) -> Value { values.randomElement(using: &random)! }

    private mutating func chance(_ oneIn: Int) -> Bool { Int.random(in: 0..<oneIn, using: &random) == 0 }
}

extension Transaction {
    fileprivate func write(_ shop: NaivePromotions, to retailer: RetailerID) throws {
        for category in Set(shop.categories.compactMap(\.self)).sorted() {
            try execute("INSERT INTO category (retailer_id, category_id, name) VALUES (\(retailer), \(category), \(category))")
        }
        for (ordinal, category) in shop.categories.enumerated() {
            try execute(
                """
                INSERT INTO product (retailer_id, product_id, ordinal, name, category_id)
                VALUES (\(retailer), \("p\(ordinal)"), \(Int32(ordinal)), 'Food', \(category))
                """)
        }
        try execute("INSERT INTO price_zone (retailer_id, price_zone_id, name) VALUES (\(retailer), 'north', 'North')")
        for store in [0, 1] as [Int32] {
            try execute(
                """
                INSERT INTO store (retailer_id, store_id, ordinal, name, zone, price_zone_id)
                VALUES (\(retailer), \("s\(store)"), \(store), 'Shop', 'Europe/Moscow', \(shop.zoneOfStore[store]))
                """)
        }
        for cost in shop.costs {
            try execute(
                """
                INSERT INTO price_bound (retailer_id, product_id, kind, price_zone_id, valid_from, amount)
                VALUES (\(retailer), \("p\(cost.product)"), 'cost', \(cost.zone), \(cost.from), \(cost.minor))
                """)
        }
        try execute("INSERT INTO shopper (retailer_id, shopper_key) SELECT \(retailer), generate_series(1, 30)")
        try execute("UPDATE shopper SET kind = 'employee' WHERE retailer_id = \(retailer) AND shopper_key IN (27, 28)")
        try execute("UPDATE shopper SET personal_offers = false WHERE retailer_id = \(retailer) AND shopper_key IN (29, 30)")
        for (number, sale) in shop.sales.enumerated() {
            let kind = sale.counts || number % 3 > 0 ? "sale" : "return"
            try execute(
                """
                INSERT INTO receipt (
                    retailer_id, business_day, store_ordinal, till, number, kind, shopper_key, sold_at, received_at,
                    fingerprint, line_no, product_ordinal, quantity_milli, regular_amount, base_amount, paid_amount,
                    vat_rate_bp, voided_at, is_clock_suspect
                )
                VALUES (
                    \(retailer), \(sale.day), \(sale.store), '1', \("\(number)"), \(kind), \(sale.shopper), clock_timestamp(),
                    clock_timestamp(), sha256(''), \(sale.lines.indices.map { Int32($0 + 1) }),
                    \(sale.lines.map { Int32($0.product) }), \(sale.lines.map(\.quantityMilli)), \(sale.lines.map(\.regular)),
                    \(sale.lines.map(\.regular)), \(sale.lines.map(\.paid)), \(sale.lines.map(\.vatBP)),
                    CASE WHEN \(!sale.counts && number % 3 == 1) THEN clock_timestamp() END,
                    \(!sale.counts && number % 3 == 2)
                )
                """)
            for (place, line) in sale.lines.enumerated() where line.returnedMilli > 0 {
                try execute(
                    """
                    INSERT INTO return_line (
                        retailer_id, business_day, store_ordinal, till, shift, number, line_no, product_ordinal,
                        quantity_milli, amount, match, original_business_day, original_store_ordinal, original_till,
                        original_shift, original_number, original_line_no, received_at
                    )
                    VALUES (
                        \(retailer), \(sale.day.adding(days: 1)), \(sale.store), '9', '', \("r\(number)-\(place)"), 1,
                        \(Int32(line.product)), \(line.returnedMilli), \(line.returnedMinor), 'original', \(sale.day),
                        \(sale.store), '1', '', \("\(number)"), \(Int32(place + 1)), clock_timestamp()
                    )
                    """)
            }
        }
    }
}

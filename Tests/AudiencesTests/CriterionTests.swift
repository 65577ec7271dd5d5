import Audiences
import Kernel
import Postgres
import Profiles
import Tenancy
import TestSupport
import Testing

/// The edges of each criterion, one small town a test. Today is day 1, the last closed business day is day 0; the window
/// of 90 days begins on day -89.
@Suite struct CriterionTests {
    private static let products: [(brand: String?, category: String?)] = [
        ("a", "milk"), ("b", "cheese"), ("c", "cats"), (nil, "dairy"), ("a", nil),
    ]

    /// Members of each predicate among shoppers 1 to 6, live.
    private func members(
        _ predicates: [Predicate], slips: [Slip], refunds: [Refund] = [],
        prepare: (Town, TestMarket) async throws -> Void = { _, _ in }
    ) async throws -> [[Int64]] {
        try await TestMarket.run { market in
            let town = Town(database: market.database, retailer: try await market.makeRetailer())
            try await town.addCatalogue(Self.products)
            try await town.addShoppers(1...6)
            try await town.add(slips)
            try await town.add(refunds)
            try await prepare(town, market)
            let (retailer, now) = (town.retailer, market.clock.now)
            return try await market.database.read(as: .retailer(retailer)) { tx in
                let moment = try tx.profileMoment(of: retailer, at: now)
                return try predicates.map { try tx.members(of: $0, on: moment) }
            }
        }
    }

    private func slip(_ number: Int, _ shopper: Int64, day: Int, paid: Int64 = 1000, product: Int32 = 0, store: Int32 = 0) -> Slip
    {
        Slip(number: number, shopper: shopper, day: day, store: store, lines: [.init(product: product, paid: paid)])
    }

    private func ids(_ texts: String...) -> [ExternalID] { texts.map { ExternalID(stored: $0) } }

    @Test func `the window holds its first and last day, and neither the day before nor today`() async throws {
        let found = try await members(
            [.leaf(.purchaseFrequency(CountRange(gte: 1, lte: nil)))],
            slips: [slip(1, 1, day: 0), slip(2, 2, day: -89), slip(3, 3, day: -90), slip(4, 4, day: 1)])

        #expect(found == [[1, 2]])
    }

    @Test func `who bought nothing has frequency and spend 0, but no check and no recency`() async throws {
        let found = try await members(
            [
                .leaf(.purchaseFrequency(CountRange(gte: nil, lte: 0))), .leaf(.spend(AmountRange(gte: nil, lt: 1))),
                .leaf(.averageCheck(AmountRange(gte: 0, lt: nil))), .leaf(.recencyDays(CountRange(gte: 0, lte: nil))),
                .not(.leaf(.recencyDays(CountRange(gte: 0, lte: nil)))),
            ], slips: [slip(1, 1, day: 0), slip(2, 2, day: -10)])

        #expect(found == [[3, 4, 5, 6], [3, 4, 5, 6], [1, 2], [1, 2], [3, 4, 5, 6]])
    }

    @Test func `average check is compared without division, gte within and lt not`() async throws {
        // Shopper 1 paid 1001 in 3 receipts, shopper 2 paid 1000 in 2.
        let slips = [
            slip(1, 1, day: 0, paid: 333), slip(2, 1, day: -1, paid: 334), slip(3, 1, day: -2, paid: 334),
            slip(4, 2, day: 0, paid: 400), slip(5, 2, day: 0, paid: 600),
        ]
        let found = try await members(
            [
                .leaf(.averageCheck(AmountRange(gte: 333, lt: 334))), .leaf(.averageCheck(AmountRange(gte: 334, lt: nil))),
                .leaf(.averageCheck(AmountRange(gte: 500, lt: 501))), .leaf(.averageCheck(AmountRange(gte: nil, lt: 500))),
                .leaf(.averageCheck(AmountRange(gte: nil, lt: Money.bound))),
            ], slips: slips)

        #expect(found == [[1], [2], [2], [1], [1, 2]])
    }

    @Test func `recency counts from today, sees today's receipt and looks back past the window`() async throws {
        let found = try await members(
            [
                .leaf(.recencyDays(CountRange(gte: 0, lte: 0))), .leaf(.recencyDays(CountRange(gte: 1, lte: 1))),
                .leaf(.recencyDays(CountRange(gte: 400, lte: nil))),
            ], slips: [slip(1, 1, day: 1), slip(2, 2, day: 0), slip(3, 3, day: -399), slip(4, 4, day: -398), slip(5, 4, day: 2)])

        #expect(found == [[1], [2], [3]])
    }

    @Test func `bought reaches from today back to its first day, and counts receipts, not lines`() async throws {
        let twoLines = Slip(number: 9, shopper: 5, day: 0, lines: [.init(product: 0, paid: 1), .init(product: 0, paid: 1)])
        let found = try await members(
            [
                .leaf(.bought(.products(ids("p0")), withinDays: 30, minReceipts: 1)),
                .leaf(.bought(.products(ids("p0")), withinDays: 365, minReceipts: 2)),
            ],
            slips: [
                slip(1, 1, day: 1), slip(2, 2, day: -28), slip(3, 3, day: -29), slip(4, 4, day: 1), slip(5, 4, day: -360),
                twoLines,
            ])

        #expect(found == [[1, 2, 4, 5], [4]])
    }

    @Test func `a category means everything below it, a brand all its products`() async throws {
        let slips = [
            slip(1, 1, day: 0, product: 0), slip(2, 2, day: 0, product: 1), slip(3, 3, day: 0, product: 2),
            slip(4, 4, day: 0, product: 3), slip(5, 5, day: 0, product: 4),
        ]
        let bought = { (goods: Merchandise) in Predicate.leaf(.bought(goods, withinDays: 90, minReceipts: 1)) }
        let found = try await members(
            [
                bought(.categories(ids("dairy"))), bought(.categories(ids("milk"))), bought(.categories(ids("pets"))),
                bought(.brands(ids("a"))), bought(.categories(ids("nothing"))),
            ], slips: slips)

        #expect(found == [[1, 2, 4], [1], [3], [1, 5], []])
    }

    @Test func `a favourite brand needs two receipts, money ranks it, the id breaks ties`() async throws {
        let slips = [
            // 1: b has more money but one receipt; a has two.
            slip(1, 1, day: 0, paid: 9000, product: 1), slip(2, 1, day: 0, paid: 1, product: 0),
            slip(3, 1, day: -1, paid: 1, product: 0),
            // 2: a and b tie.
            slip(4, 2, day: 0, paid: 500, product: 0), slip(5, 2, day: -1, paid: 500, product: 0),
            slip(6, 2, day: -2, paid: 400, product: 1), slip(7, 2, day: -3, paid: 600, product: 1),
        ]
        let favourite = { (brand: String, top: Int32) in
            Predicate.leaf(.favouriteBrands(any: [ExternalID(stored: brand)], top: top))
        }
        let found = try await members([favourite("a", 1), favourite("b", 1), favourite("b", 2)], slips: slips)

        #expect(found == [[1, 2], [], [2]])
    }

    @Test func `stores count their receipts together`() async throws {
        let found = try await members(
            [.leaf(.stores(any: ids("s0", "s1"), minReceipts: 2))],
            slips: [
                slip(1, 1, day: 0, store: 0), slip(2, 1, day: 0, store: 1), slip(3, 2, day: 0, store: 0),
                slip(4, 2, day: 0, store: 2),
            ])

        #expect(found == [[1]])
    }

    @Test func `a return counts on its original's day, and a receipt whose lines are all returned does not exist`() async throws {
        let (whole, half) = (slip(1, 1, day: -3), slip(2, 2, day: -3))
        let found = try await members(
            [
                .leaf(.purchaseFrequency(CountRange(gte: 1, lte: nil))), .leaf(.spend(AmountRange(gte: 1, lt: 1000))),
                .leaf(.recencyDays(CountRange(gte: 0, lte: nil))),
                .leaf(.bought(.products(ids("p0")), withinDays: 30, minReceipts: 1)),
                .leaf(.spend(AmountRange(gte: 1000, lt: nil))),
            ], slips: [whole, half, slip(3, 3, day: -3)],
            refunds: [
                Refund(number: 1, shopper: 1, day: 1, amount: 1000, original: (whole, 1)),
                Refund(number: 2, shopper: 2, day: 1, quantity: 500, amount: 400, original: (half, 1)),
                Refund(number: 3, shopper: 3, day: 1, amount: 1000, original: (slip(3, 3, day: -3), 1), isVoided: true),
            ])

        #expect(found == [[2, 3], [2], [2, 3], [2, 3], [3]])
    }

    @Test func `an unmatched return reduces spend of its own day only, never below nothing`() async throws {
        let found = try await members(
            [.leaf(.spend(AmountRange(gte: 500, lt: 501))), .leaf(.purchaseFrequency(CountRange(gte: 2, lte: 2)))],
            slips: [slip(1, 1, day: -3, paid: 800), slip(2, 1, day: -2, paid: 500), slip(3, 2, day: -3, paid: 1500)],
            refunds: [
                Refund(number: 1, shopper: 1, day: -3, amount: 5000), Refund(number: 2, shopper: 1, day: -5, amount: 100),
                Refund(number: 3, shopper: 2, day: -3, amount: 1000),
            ])

        #expect(found == [[1, 2], [1]])
    }

    @Test func `voids and other kinds of shoppers do not count, and a wrong clock counts by the day received`() async throws {
        var voided = slip(1, 1, day: 0)
        voided.isVoided = true
        var late = slip(2, 2, day: -300)
        late.receivedOn = -1
        let found = try await members(
            [.leaf(.purchaseFrequency(CountRange(gte: 1, lte: nil))), .everybody], slips: [voided, late, slip(3, 7, day: 0)]
        ) { town, _ in try await town.addShoppers(7...7, kind: "employee") }

        #expect(found == [[2], [1, 2, 3, 4, 5, 6]])
    }

    @Test func `money comes from the header where a line has none`() async throws {
        let header = Slip(
            number: 1, shopper: 1, day: 0, lines: [.init(product: 0, paid: nil), .init(product: 1, paid: 10)], total: 700)
        let bare = Slip(number: 2, shopper: 2, day: 0, lines: [.init(product: 0, paid: nil), .init(product: 1, paid: 10)])
        let found = try await members(
            [.leaf(.spend(AmountRange(gte: 700, lt: 701))), .leaf(.spend(AmountRange(gte: 10, lt: 11)))], slips: [header, bare])

        #expect(found == [[1], [2]])
    }

    @Test func `equal values score equal, and the best of five are champions`() async throws {
        var slips: [Slip] = []
        for shopper in Int64(1)...5 {
            for visit in 0..<Int(shopper) {
                slips.append(slip(slips.count, shopper, day: -10 + Int(shopper) - visit * 11, paid: 100 * shopper))
            }
        }
        let least = { (score: Int32) in Predicate.leaf(.rfmScores(RFMScores(r: score, f: score, m: score))) }
        let found = try await members(
            [least(1), least(2), least(3), least(5), .leaf(.rfmSegments([.champions])), .leaf(.rfmSegments([.lost]))],
            slips: slips)
        let ties = try await members([least(1), least(2)], slips: [slip(1, 1, day: 0), slip(2, 2, day: 0)])

        #expect(found == [[1, 2, 3, 4, 5], [2, 3, 4, 5], [3, 4, 5], [5], [5], [1]])
        #expect(ties == [[1, 2], []])
    }

    @Test func `the segment table is DOMAIN 12's`() {
        for r in 1...5 {
            for f in 1...5 {
                for m in 1...5 { #expect(Segment.of(r: r, f: f, m: m) == NaiveTown.segment(r, f, m)) }
            }
        }
    }

    @Test func `all of the tags, any of the tags`() async throws {
        let found = try await members(
            [
                .leaf(.tags(Several(.all, ids("x", "y")))), .leaf(.tags(Several(.any, ids("x", "y")))),
                .leaf(.tags(Several(.any, ids("z")))),
            ],
            slips: [slip(1, 1, day: 0)]
        ) { town, _ in
            try await town.addTag("x", [1, 2])
            try await town.addTag("y", [2, 3])
        }

        #expect(found == [[2], [1, 2, 3], []])
    }
}

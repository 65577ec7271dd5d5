import HTTPSupport
import JSONText
import Kernel
import Parties
import TestSupport
import Testing

@Suite struct AgreementRulesTests {
    private static func scope(_ json: JSONValue) throws -> AgreementScope { try Fields.read(json) { AgreementScope($0) } }
    private static func id(_ text: String) -> ExternalID { ExternalID(stored: text) }

    struct ProductCase: Sendable, CustomTestStringConvertible {
        let scope: JSONValue
        let product: String
        let brand: String?
        let path: [String]
        let isCovered: Bool
        var testDescription: String { "\(scope) covers \(product) of \(brand ?? "no brand") in \(path): \(isCovered)" }
    }

    static let productCases: [ProductCase] = [
        .init(scope: [:], product: "p", brand: nil, path: [], isCovered: true),
        .init(scope: ["brands": ["b"]], product: "p", brand: "b", path: ["c"], isCovered: true),
        .init(scope: ["brands": ["b"]], product: "p", brand: "x", path: ["c"], isCovered: false),
        .init(scope: ["brands": ["b"]], product: "p", brand: nil, path: ["c"], isCovered: false),
        .init(scope: ["products": ["p"]], product: "p", brand: "x", path: ["c"], isCovered: true),
        .init(scope: ["products": ["p"]], product: "q", brand: "x", path: ["c"], isCovered: false),
        .init(scope: ["brands": ["b"], "products": ["p"]], product: "p", brand: "x", path: [], isCovered: true),
        .init(scope: ["brands": ["b"], "products": ["p"]], product: "q", brand: "b", path: [], isCovered: true),
        .init(scope: ["categories": ["milk"]], product: "p", brand: nil, path: ["dairy", "milk"], isCovered: true),
        .init(scope: ["categories": ["milk"]], product: "p", brand: nil, path: ["dairy"], isCovered: false),
        .init(scope: ["categories": ["milk"]], product: "p", brand: nil, path: [], isCovered: false),
        .init(scope: ["brands": ["b"], "categories": ["milk"]], product: "p", brand: "b", path: ["tea"], isCovered: false),
        .init(scope: ["exclusions": ["products": ["p"]]], product: "p", brand: "b", path: ["c"], isCovered: false),
        .init(
            scope: ["products": ["p"], "exclusions": ["brands": ["b"]]], product: "p", brand: "b", path: ["c"], isCovered: false),
        .init(
            scope: ["brands": ["b"], "exclusions": ["categories": ["dairy"]]], product: "p", brand: "b",
            path: ["dairy", "milk"], isCovered: false),
        .init(scope: ["exclusions": ["brands": ["b"]]], product: "p", brand: nil, path: [], isCovered: true),
    ]

    @Test(arguments: productCases)
    func `a product is in scope by brand or list, within the categories, unless excluded`(_ example: ProductCase) throws {
        let scope = try Self.scope(example.scope)

        let covers = scope.covers(
            product: Self.id(example.product), brand: example.brand.map(Self.id), categoryPath: example.path.map(Self.id))

        #expect(covers == example.isCovered)
    }

    struct StoreCase: Sendable {
        let scope: JSONValue
        let store: String
        let region: String?
        let isCovered: Bool
    }

    @Test(arguments: [
        StoreCase(scope: [:], store: "s", region: nil, isCovered: true),
        StoreCase(scope: ["stores": ["s"]], store: "s", region: "r", isCovered: true),
        StoreCase(scope: ["stores": ["s"]], store: "t", region: "r", isCovered: false),
        StoreCase(scope: ["regions": ["r"]], store: "t", region: "r", isCovered: true),
        StoreCase(scope: ["regions": ["r"]], store: "t", region: nil, isCovered: false),
        StoreCase(scope: ["stores": ["s"], "regions": ["r"]], store: "s", region: "x", isCovered: true),
        StoreCase(scope: ["regions": ["r"], "exclusions": ["stores": ["s"]]], store: "s", region: "r", isCovered: false),
        StoreCase(scope: ["stores": ["s"], "exclusions": ["regions": ["r"]]], store: "s", region: "r", isCovered: false),
    ])
    func `a store is in scope by id or region, unless excluded`(_ example: StoreCase) throws {
        let covers = try Self.scope(example.scope).coversStore(Self.id(example.store), region: example.region.map(Self.id))

        #expect(covers == example.isCovered)
    }

    @Test func `a scope is written as it was read`() throws {
        let json: JSONValue = [
            "brands": ["a", "b"], "products": ["p"], "categories": ["c"], "stores": ["s"], "regions": ["r"],
            "exclusions": ["brands": ["x"], "regions": ["y"]],
        ]

        #expect(try JSONReader.parse(try Self.scope(json).jsonBytes) == json)
        #expect(try JSONReader.parse(try Self.scope([:]).jsonBytes) == [:])
    }

    @Test func `an empty list in a scope is refused, as it could be read as all or as nothing`() throws {
        let problem = #expect(throws: Problem.self) { try Self.scope(["brands": [], "exclusions": ["stores": []]]) }

        #expect(problem?.fields.map { "\($0.pointer) \($0.code)" } == ["/brands bad_length", "/exclusions/stores bad_length"])
    }
}

@Suite struct AutoApprovalTests {
    private let roubles = Asset("RUB")!

    private func proposal(
        budget: Int64 = 100, depth: Int32 = 1_000, days: Int32 = 7, paths: [[String]] = [["dairy", "milk"]],
        stores: Set<String>? = ["s"], overlapping: Int32 = 0
    ) -> AutoApproval.Proposal {
        AutoApproval.Proposal(
            budget: Money(minor: budget, asset: roubles), depth: BasisPoints(depth)!, days: days,
            categoryPaths: paths.map { $0.map { ExternalID(stored: $0) } },
            stores: stores.map { Set($0.map { ExternalID(stored: $0) }) }, overlapping: overlapping)
    }

    private func limits(_ more: [String: JSONValue] = [:]) throws -> AutoApproval {
        let basic: [String: JSONValue] = [
            "budget_max": ["amount": 100, "currency": "RUB"], "depth_max_bp": 1_000, "days_max": 7,
        ]
        return try Fields.read(.object(basic.merging(more) { $1 })) { AutoApproval($0, in: roubles) }
    }

    @Test func `a campaign at every limit is approved at once`() throws {
        let limits = try limits(["categories": ["dairy"], "stores": ["s"]])

        #expect(limits.exceeded(by: proposal()) == [])
    }

    @Test func `each limit that is exceeded is named`() throws {
        let limits = try limits(["categories": ["dairy"], "stores": ["s"]])

        #expect(limits.exceeded(by: proposal(budget: 101)) == [.budget])
        #expect(limits.exceeded(by: proposal(depth: 1_001)) == [.depth])
        #expect(limits.exceeded(by: proposal(days: 8)) == [.length])
        #expect(limits.exceeded(by: proposal(paths: [["dairy"], ["tea"]])) == [.categories])
        #expect(limits.exceeded(by: proposal(stores: ["s", "t"])) == [.stores])
        #expect(limits.exceeded(by: proposal(stores: nil)) == [.stores])
        #expect(limits.exceeded(by: proposal(overlapping: 1)) == [.overlap])
        #expect(limits.exceeded(by: proposal(budget: 101, overlapping: 1)) == [.budget, .overlap])
    }

    @Test func `limits without categories and stores leave both to the scope`() throws {
        #expect(try limits().exceeded(by: proposal(paths: [[]], stores: nil)) == [])
    }

    @Test func `the supplier bears a named reason up to its cap of the month, the retailer the rest`() throws {
        let bearers = try Fields.read([
            "hold_expired": ["bearer": "supplier", "cap": ["amount": 100, "currency": "RUB"]]
        ]) { UnfundedBearers($0, in: roubles) }
        let share = { (amount: Int64, borne: Int64, reason: UnfundedReason) in
            bearers.supplierShare(
                of: Money(minor: amount, asset: roubles), because: reason, borneThisMonth: Money(minor: borne, asset: roubles)
            ).minor
        }

        #expect(share(60, 0, .holdExpired) == 60)
        #expect(share(60, 60, .holdExpired) == 40)
        #expect(share(60, 100, .holdExpired) == 0)
        #expect(share(60, 150, .holdExpired) == 0)
        #expect(share(60, 0, .noQuote) == 0)
    }
}

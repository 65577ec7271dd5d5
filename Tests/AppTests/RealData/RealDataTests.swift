import JSONText
import Kernel
import Parties
import Postgres
import Tenancy
import TestSupport
import Testing

/// The published sets, loaded by the documented commands, against the files themselves.
@Suite struct RealDataTests {
    @Test(.enabled(if: DataSet.arePresent, DataSet.missing), arguments: DataSet.allCases)
    func `all receipts of a set are taken over, and their lines and money are those of the files`(set: DataSet) async throws {
        let real = try await RealRetailers.loaded()
        let retailer = try #require(real.retailers[set])
        let stored = try await real.database.read(as: .retailer(retailer)) { tx in
            try tx.one(
                """
                SELECT count(*), sum(cardinality(line_no)), sum(total)::bigint,
                    sum((SELECT sum(paid) FROM unnest(paid_amount) AS paid))::bigint,
                    sum((SELECT sum(base) FROM unnest(base_amount) AS base))::bigint,
                    sum((SELECT sum(regular) FROM unnest(regular_amount) AS regular))::bigint,
                    sum((SELECT sum(quantity) FROM unnest(quantity_milli) AS quantity))::bigint,
                    count(DISTINCT shopper_key), count(DISTINCT store_ordinal)
                FROM receipt
                WHERE retailer_id = \(retailer)
                """, { row in try Totals(row: &row) })
        }
        let filed = try await real.files.ask(
            set,
            """
            SELECT (SELECT count(*) FROM basket), (SELECT count(*) FROM line), (SELECT sum(money)::bigint FROM basket),
                (SELECT sum(money)::bigint FROM line), (SELECT sum(base)::bigint FROM line),
                (SELECT sum(regular)::bigint FROM line), (SELECT sum(quantity_milli)::bigint FROM line),
                (SELECT count(DISTINCT household_id) FROM basket), (SELECT count(DISTINCT store_id) FROM basket)
            """, { row in try Totals(row: &row) })[0]
        #expect(stored == filed)
        #expect(
            real.answers[set]?["receipts"]
                == "finished: \(filed.receipts) lines, \(filed.receipts) accepted, 0 replayed, 0 rejected")
        print("real data: \(set.rawValue) \(filed)")
    }

    private struct Totals: Equatable, Sendable {
        let receipts, lines: Int64
        /// Minor units; `paid` nil where lines have no amounts.
        let total, paid, base, regular: Int64?
        let quantityMilli, shoppers, stores: Int64

        init(row: inout Row) throws {
            (receipts, lines, total, paid) = (
                try row.next(), try row.next(), try row.nextOptional(), try row.nextOptional()
            )
            (base, regular, quantityMilli) = (try row.nextOptional(), try row.nextOptional(), try row.next())
            (shoppers, stores) = (try row.next(), try row.next())
        }
    }

    @Test(.enabled(if: DataSet.arePresent, DataSet.missing), arguments: [DataSet.completeJourney, .x5])
    func `products come with their brands, but for private label and catch-all`(set: DataSet) async throws {
        let real = try await RealRetailers.loaded()
        let retailer = try #require(real.retailers[set])
        let stored = try await real.database.read(as: .retailer(retailer)) { tx in
            try tx.one(
                """
                SELECT count(*), count(brand_id), count(DISTINCT brand_id),
                    (SELECT count(*) FROM product_supplier WHERE retailer_id = \(retailer))
                FROM product
                WHERE retailer_id = \(retailer) AND NOT is_stub
                """
            ) { row in try (0..<4).map { _ in try row.next(Int64.self) } }
        }
        let filed = try await real.files.ask(
            set,
            """
            SELECT count(*), count(brand_id), count(DISTINCT brand_id),
                count(*) FILTER (WHERE \(set == .completeJourney) AND brand_id IN ('317', '103'))
            FROM product
            """
        ) { row in try (0..<4).map { _ in try row.next(Int64.self) } }[0]
        #expect(stored == filed)
    }

    @Test(.enabled(if: DataSet.arePresent, DataSet.missing))
    func `100 audiences of the three sets count what independent SQL over the files counts`() async throws {
        let real = try await RealRetailers.loaded()
        try await TestMarket.run(on: real.database, clock: TestClock(RealRetailers.clock)) { market in
            var words: Set<String> = []
            var (counted, telling) = (0, 0)
            for set in DataSet.allCases {
                let retailer = try #require(real.retailers[set])
                let analyst = try await market.key(of: retailer, .analyst)
                let base = try await real.files.count(set, "SELECT household_id FROM household")
                for audience in try await RealAudiences.cases(of: set, real.files, seed: 317) {
                    let reply = try await market.post(
                        "/v1/retailers/\(retailer)/audiences/preview", as: analyst,
                        ["predicate": audience.predicate, "as_of": .string("\(audience.asOf)")])
                    let expected = try await real.files.count(set, audience.households)
                    #expect(reply.json["shoppers"].integer == expected, "\(set): \(audience.predicate) \(reply.text)")
                    #expect(reply.json["base"].integer == base, "\(set)")
                    words.formUnion(audience.predicate.words)
                    counted += 1
                    if (1..<base).contains(expected) { telling += 1 }
                }
            }
            #expect(counted == 100)
            #expect(telling >= 70, "an audience of nobody or of everybody tells little")
            #expect(words.isSuperset(of: Self.criteria), "\(Self.criteria.subtracting(words)) is missing")
        }
    }

    private static let criteria: Set<String> = [
        "stores", "average_check", "purchase_frequency", "spend", "recency_days", "favourite_brands", "bought", "traits", "rfm",
        "tags", "all", "any", "not", "products", "brands", "categories", "segments", "r", "f", "m",
    ]
}

extension JSONValue {
    /// The names of all members, at any depth.
    fileprivate var words: Set<String> {
        switch self {
        case .object(let members): members.reduce(into: Set(members.keys)) { $0.formUnion($1.value.words) }
        case .array(let elements): elements.reduce(into: []) { $0.formUnion($1.words) }
        default: []
        }
    }
}

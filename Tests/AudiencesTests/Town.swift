import Kernel
import Postgres
import Tenancy
import TestSupport

/// A small retailer whose catalogue, shoppers and receipts a test writes straight into the tables.
struct Town: Sendable {
    let database: Database
    let retailer: RetailerID

    /// Days are counted from here; the last closed business day of `TestClock` (Monday 2026-03-02) is day 0, a Sunday.
    static let dayZero = BusinessDay("2026-03-01")!

    static func day(_ offset: Int) -> BusinessDay { dayZero.adding(days: Int32(offset)) }

    func write(_ body: @escaping @Sendable (borrowing Transaction) throws -> Void) async throws {
        try await database.transaction(as: .retailer(retailer), body)
    }

    /// Categories `dairy` > `milk`, `cheese`; `pets` > `cats`. Each product `p<n>` has ordinal n.
    func addCatalogue(_ products: [(brand: String?, category: String?)], stores: Int = 3) async throws {
        try await write { tx in
            for (id, parent) in [("dairy", nil), ("milk", "dairy"), ("cheese", "dairy"), ("pets", nil), ("cats", "pets")]
                as [(String, String?)]
            {
                try tx.execute(
                    """
                    INSERT INTO category (retailer_id, category_id, parent_id, name)
                    VALUES (\(retailer), \(id), \(parent), \(id))
                    """)
            }
            for brand in Set(products.compactMap(\.brand)).sorted() {
                try tx.execute("INSERT INTO brand (retailer_id, brand_id, name) VALUES (\(retailer), \(brand), \(brand))")
            }
            for (index, product) in products.enumerated() {
                try tx.execute(
                    """
                    INSERT INTO product (retailer_id, product_id, ordinal, name, brand_id, category_id)
                    VALUES (\(retailer), \("p\(index)"), \(Int32(index)), 'x', \(product.brand), \(product.category))
                    """)
            }
            for index in 0..<stores {
                try tx.execute(
                    """
                    INSERT INTO store (retailer_id, store_id, ordinal, name, region, zone)
                    VALUES (\(retailer), \("s\(index)"), \(Int32(index)), 'x', \(index == 0 ? "north" : "south"), 'Europe/Moscow')
                    """)
            }
        }
    }

    func addShoppers(_ keys: ClosedRange<Int64>, kind: String = "person") async throws {
        try await write { tx in
            try tx.execute(
                """
                INSERT INTO shopper (retailer_id, shopper_key, kind)
                SELECT \(retailer), key, \(kind) FROM generate_series(\(keys.lowerBound), \(keys.upperBound)) AS key
                """)
        }
    }

    func addTag(_ tag: String, _ keys: [Int64]) async throws {
        try await write { tx in
            try tx.execute("INSERT INTO tag (retailer_id, tag) VALUES (\(retailer), \(tag)) ON CONFLICT DO NOTHING")
            try tx.execute(
                """
                INSERT INTO shopper_tag (retailer_id, tag, shopper_key)
                SELECT \(retailer), \(tag), key FROM unnest(\(keys)) AS key
                """)
        }
    }

    func add(_ receipts: [Slip]) async throws {
        try await Months.attached(on: database, retailer)
        try await write { tx in
            for slip in receipts { try tx.execute(slip.insert(retailer)) }
        }
    }

    func add(_ returns: [Refund]) async throws {
        try await Months.attached(on: database, retailer)
        try await write { tx in
            for refund in returns {
                for statement in refund.inserts(retailer) { try tx.execute(statement) }
            }
        }
    }

    /// An active agreement over a year.
    func addAgreement(_ supplier: SupplierID, insight: String, scope: String = "{}", _ world: OutsideWorld) async throws {
        let id = Identifier(at: world.now(), random: (world.random(), world.random()))
        let agreement = (retailer, Self.day(-30), Self.day(335))
        try await database.transaction(as: .platform) { tx -> Void in
            try tx.execute(
                """
                INSERT INTO agreement (
                    retailer_id, agreement_id, supplier_id, name, state, starts_on, ends_on, fee_bp, depth_max_bp,
                    money_holder, insight_scope, scope
                )
                VALUES (
                    \(agreement.0), \(id), \(supplier), 'a', 'active', \(agreement.1), \(agreement.2), 0, 5000,
                    'retailer', \(insight), \(JSONB(Array(scope.utf8)))
                )
                """)
        }
    }
}

/// A sale receipt. Its number is unique within the town; line numbers run from 1.
struct Slip: Sendable {
    struct Line: Sendable {
        let product: Int32
        var quantity: Int64 = 1000
        var paid: Int64?
    }

    var number: Int
    var shopper: Int64?
    /// Offset from `Town.dayZero`.
    var day: Int
    var store: Int32 = 0
    var lines: [Line]
    var total: Int64?
    var isVoided = false
    /// Came on that day, from a till with a wrong clock.
    var receivedOn: Int?

    func insert(_ retailer: RetailerID) -> SQL {
        let day = Town.day(day)
        let noon = Instant("\(day)T09:00:00Z")!
        let received = receivedOn.map { Instant("\(Town.day($0))T09:00:00Z")! } ?? noon
        return """
            INSERT INTO receipt (
                retailer_id, business_day, store_ordinal, till, shift, number, kind, shopper_key, sold_at, received_at, total,
                fingerprint, voided_at, is_clock_suspect, line_no, product_ordinal, quantity_milli, regular_amount,
                base_amount, paid_amount, vat_rate_bp
            )
            VALUES (
                \(retailer), \(day), \(store), '1', '', \("\(number)"), 'sale', \(shopper), \(noon), \(received), \(total),
                \(Bytes([UInt8](repeating: 0, count: 32))), \(isVoided ? noon : nil), \(receivedOn != nil),
                \(lines.indices.map { Int32($0 + 1) }), \(lines.map(\.product)), \(lines.map(\.quantity)),
                \(lines.map { _ in Int64?.none }), \(lines.map { _ in Int64?.none }), \(lines.map(\.paid)),
                \(lines.map { _ in Int32?.none })
            )
            """
    }
}

/// A return receipt of one line, matched to a slip's line or not.
struct Refund: Sendable {
    var number: Int
    var shopper: Int64?
    var day: Int
    var quantity: Int64 = 1000
    var amount: Int64
    /// The slip and its line number; nil is unmatched.
    var original: (slip: Slip, line: Int)?
    var isVoided = false

    func inserts(_ retailer: RetailerID) -> [SQL] {
        let day = Town.day(day)
        let noon = Instant("\(day)T09:00:00Z")!
        let document: SQL = """
            INSERT INTO receipt (
                retailer_id, business_day, store_ordinal, till, shift, number, kind, shopper_key, sold_at, received_at,
                fingerprint, voided_at, line_no, product_ordinal, quantity_milli, regular_amount, base_amount, paid_amount,
                vat_rate_bp
            )
            VALUES (
                \(retailer), \(day), 0, '1', '', \("r\(number)"), 'return', \(shopper), \(noon), \(noon),
                \(Bytes([UInt8](repeating: 0, count: 32))), \(isVoided ? noon : nil), '{1}', '{0}', \([quantity]), '{NULL}',
                '{NULL}', \([amount]), '{NULL}'
            )
            """
        let line: SQL = """
            INSERT INTO return_line (
                retailer_id, business_day, store_ordinal, till, shift, number, line_no, product_ordinal, quantity_milli,
                amount, shopper_key, match, original_business_day, original_store_ordinal, original_till, original_shift,
                original_number, original_line_no, received_at
            )
            VALUES (
                \(retailer), \(day), 0, '1', '', \("r\(number)"), 1, 0, \(quantity), \(amount), \(shopper),
                \(original == nil ? "unmatched" : "original"), \(original.map { Town.day($0.slip.day) }),
                \(original?.slip.store), \(original.map { _ in "1" }), \(original.map { _ in "" }),
                \(original.map { "\($0.slip.number)" }), \(original.map { Int32($0.line) }), \(noon)
            )
            """
        return [document, line]
    }
}

/// The months that towns write receipts of, attached once for all tests and one at a time: an attachment and the reads of
/// other tests may meet in a deadlock.
actor Months {
    private static let shared = Months()

    private var attaching: Task<Void, any Error>?

    static func attached(on database: Database, _ retailer: RetailerID) async throws {
        try await shared.attach(database, retailer)
    }

    private func attach(_ database: Database, _ retailer: RetailerID) async throws {
        let task =
            attaching
            ?? Task {
                for month in Set((-470...45).map { Town.day($0).startOfMonth }).sorted() {
                    try await Self.attach(month, database, retailer)
                }
            }
        attaching = task
        try await task.value
    }

    private static func attach(_ month: BusinessDay, _ database: Database, _ retailer: RetailerID) async throws {
        for attempt in 1... {
            do {
                try await database.transaction(as: .retailer(retailer)) { tx -> Void in
                    try tx.execute("SELECT attach_month('receipt', \(month))")
                }
                return
            } catch DatabaseError.server(let error)
                where ["42P07", "40P01", "55P03"].contains(error.state.code) && attempt < 20
            {
                continue
            }
        }
    }
}

import HTTPTypes
import JSONText
import Kernel
import Parties
import Postgres
import Receipts
import Tenancy
import TestSupport

extension ExternalID {
    static func of(_ text: String) -> ExternalID { ExternalID(stored: text) }
}

extension ReceiptKey {
    static func sample(_ number: String, day: String = "2026-03-01", store: String = "s1", shift: String? = nil) -> ReceiptKey {
        ReceiptKey(
            storeID: .of(store), businessDay: BusinessDay(day)!, till: .of("t1"), shift: shift.map { .of($0) },
            number: .of(number))
    }
}

extension Receipt {
    /// A sale of two products: 2 pieces of milk for 200, 1 bread for 50.
    static func sale(
        _ number: String, day: String = "2026-03-01", store: String = "s1", shopper: String? = "card-1",
        soldAt: String = "2026-03-01T10:00:00Z"
    ) -> Receipt {
        Receipt(
            key: .sample(number, day: day, store: store), shopperID: shopper.map { .of($0) }, soldAt: Instant(soldAt)!,
            total: 250,
            lines: [
                ReceiptLine(
                    lineNo: 1, productID: .of("milk"), quantityMilli: 2000, regularAmount: 240, baseAmount: 200,
                    paidAmount: 200, vatRate: BasisPoints(1000)),
                ReceiptLine(
                    lineNo: 2, productID: .of("bread"), quantityMilli: 1000, regularAmount: 50, baseAmount: 50, paidAmount: 50),
            ])
    }

    /// A return of milk.
    static func back(
        _ number: String, of original: OriginalLine? = nil, quantityMilli: Int64 = 1000, amount: Int64 = 100,
        shopper: String? = "card-1", product: String = "milk"
    ) -> Receipt {
        Receipt(
            key: .sample(number), kind: .return, shopperID: shopper.map { .of($0) }, soldAt: Instant("2026-03-01T11:00:00Z")!,
            lines: [
                ReceiptLine(
                    lineNo: 1, productID: .of(product), quantityMilli: quantityMilli, regularAmount: amount, baseAmount: amount,
                    paidAmount: amount, original: original)
            ])
    }

    static func void(_ number: String, of key: ReceiptKey) -> Receipt {
        Receipt(key: .sample(number), kind: .void, soldAt: Instant("2026-03-01T12:00:00Z")!, original: key, lines: [])
    }
}

/// Receipts filed without HTTP, as a capability does within its own transaction.
struct FilingDesk {
    let market: TestMarket
    let retailer: RetailerID

    static func open(_ body: (FilingDesk) async throws -> Void) async throws {
        try await TestMarket.run { market in
            try await body(FilingDesk(market: market, retailer: try await market.makeRetailer()))
        }
    }

    @discardableResult
    func file(_ receipts: [Receipt], from origin: ReceiptOrigin = .history) async throws -> FiledReceipts {
        let filing = Filing(retailer, from: origin, in: market.clock.world)
        return try await market.database.transaction(as: .retailer(retailer)) { tx in try tx.file(receipts, as: filing) }
    }

    func count(_ what: String) async throws -> Int64 {
        let retailer = retailer
        return try await market.database.read(as: .retailer(retailer)) { tx in
            try tx.one(
                """
                SELECT CASE \(what)
                    WHEN 'receipt' THEN (SELECT count(*) FROM receipt WHERE retailer_id = \(retailer))
                    WHEN 'lines' THEN
                        (SELECT coalesce(sum(cardinality(line_no)), 0) FROM receipt WHERE retailer_id = \(retailer))
                    WHEN 'voided' THEN
                        (SELECT count(*) FROM receipt WHERE retailer_id = \(retailer) AND voided_at IS NOT NULL)
                    WHEN 'return_line' THEN (SELECT count(*) FROM return_line WHERE retailer_id = \(retailer))
                    WHEN 'quarantine' THEN (SELECT count(*) FROM receipt_quarantine WHERE retailer_id = \(retailer))
                    WHEN 'event' THEN
                        (SELECT count(*) FROM event WHERE retailer_id = \(retailer) AND type = 'import.finished')
                END
                """
            ) { row in try row.next() }
        }
    }

    func upload(
        _ body: [UInt8], _ type: String = "application/x-ndjson", key: String? = nil, query: String = "", gzip: Bool = false
    ) async throws -> TestClient.Reply {
        let feed = try await market.key(of: retailer, .feed)
        var headers: [(String, String)] = []
        if let key { headers.append(("Idempotency-Key", key)) }
        if gzip { headers.append(("Content-Encoding", "gzip")) }
        return try await market.upload(
            "/v1/retailers/\(retailer)/imports/receipts\(query)", as: feed, body, type: type, headers: headers)
    }
}

/// Receipts as lines of NDJSON.
func ndjson(_ receipts: [Receipt]) -> [UInt8] { receipts.flatMap { $0.jsonBytes + [UInt8(ascii: "\n")] } }

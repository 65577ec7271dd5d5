import Checkout
import JSONText
import Kernel
import Ledger
import Postgres

/// What a redemption keeps of its receipt line: what a supplier may see of it (DOMAIN 10), and where the retailer finds it.
struct RedeemedFacts: Sendable, Hashable {
    let id: RedemptionID
    let product: ExternalID
    let quantityMilli: Int64
    let unit: String
    let regularMinor: Int64
    let baseMinor: Int64
    let vatRate: Int32?
    let claimedMinor: Int64
    let fundedMinor: Int64
    /// At which depth the shopper was promised the offer; nil where it is the same for everybody.
    let depthBP: Int32?
    /// Nil to a supplier.
    var receipt: ReceiptPlace?

    static let csvColumns = [
        "redemption_id", "product_id", "quantity_milli", "unit", "regular_amount", "base_amount", "vat_rate_bp",
    ]

    var csv: [String?] {
        [
            "\(id)", product.text, "\(quantityMilli)", unit, "\(regularMinor)", "\(baseMinor)", vatRate.map { "\($0)" },
        ]
    }

    func writeLine(to json: inout JSONWriter) {
        json.field("product_id", product)
        json.field("quantity_milli", quantityMilli)
        json.field("unit", unit)
        json.field("regular_amount", regularMinor)
        json.field("base_amount", baseMinor)
        json.field("vat_rate_bp", vatRate)
        json.field("depth_bp", depthBP)
    }
}

/// Where the retailer finds a line of a receipt.
struct ReceiptPlace: Sendable, Hashable, JSONWritable {
    let store: ExternalID
    let businessDay: BusinessDay
    let till: String
    let shift: String
    let number: String
    let lineNo: Int32

    static let csvColumns = ["store_id", "receipt_business_day", "till", "shift", "number", "line_no"]

    var csv: [String?] { [store.text, "\(businessDay)", till, shift, number, "\(lineNo)"] }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("store_id", store)
            json.field("business_day", businessDay)
            json.field("till", till)
            json.field("shift", shift)
            json.field("number", number)
            json.field("line_no", lineNo)
        }
    }
}

extension Transaction {
    /// Served by `redemption_by_id`.
    func redeemedFacts(_ ids: [RedemptionID], of retailer: RetailerID) throws -> [RedemptionID: RedeemedFacts] {
        guard !ids.isEmpty else { return [:] }
        let facts = try query(
            """
            SELECT \(fragment: RedeemedFacts.columns)
            FROM redemption AS claim
            \(fragment: RedeemedFacts.places(of: retailer))
            WHERE claim.retailer_id = \(retailer) AND claim.redemption_id = ANY (\(ids))
            """, { row in try RedeemedFacts(row: &row) })
        return Dictionary(facts.map { ($0.id, $0) }) { first, _ in first }
    }
}

extension RedeemedFacts {
    /// Of `claim`, joined with its `places`.
    static var columns: SQL {
        """
        claim.redemption_id, product.product_id, claim.quantity_milli, claim.unit, claim.regular_amount, claim.base_amount,
            claim.vat_rate_bp, claim.claimed_amount, claim.funded_amount, claim.depth_bp, store.store_id, claim.business_day, claim.till,
            claim.shift, claim.number, claim.line_no
        """
    }

    static func places(of retailer: RetailerID) -> SQL {
        """
        JOIN product ON product.retailer_id = \(retailer) AND product.ordinal = claim.product_ordinal
        JOIN store ON store.retailer_id = \(retailer) AND store.ordinal = claim.store_ordinal
        """
    }

    init(row: inout Row) throws {
        id = try row.next()
        product = try row.next()
        quantityMilli = try row.next()
        unit = try row.next()
        regularMinor = try row.next()
        baseMinor = try row.next()
        vatRate = try row.nextOptional()
        claimedMinor = try row.next()
        fundedMinor = try row.next()
        depthBP = try row.nextOptional()
        receipt = ReceiptPlace(
            store: try row.next(), businessDay: try row.next(), till: try row.next(), shift: try row.next(),
            number: try row.next(), lineNo: try row.next())
    }
}

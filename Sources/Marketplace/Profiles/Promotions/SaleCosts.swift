import Catalogue
import Kernel
import Postgres

/// What the retailer paid for what it sells, as far as it has told, by day: the cost of a price zone goes before that of
/// everywhere.
struct SaleCosts: Sendable {
    struct Cost: Sendable {
        /// Empty: everywhere.
        let zone: ExternalID
        let from: BusinessDay
        let minor: Int64
    }

    /// By product ordinal, the newest first.
    private let costs: [Int32: [Cost]]
    private let zones: [Int32: ExternalID]

    init(_ costs: [Int32: [Cost]], zones: [Int32: ExternalID]) {
        self.costs = costs.mapValues { $0.sorted { $0.from > $1.from } }
        self.zones = zones
    }

    /// Whether a cost is known of anything.
    var isKnown: Bool { !costs.isEmpty }

    /// Paid without VAT, less the cost at the sale; nil where no cost was in force.
    func margin(of line: Int, _ receipt: PromotionReceipt, paid: Int64) -> Int64? {
        guard isKnown, let cost = minor(of: receipt.products[line], in: receipt.store, on: receipt.day) else { return nil }
        let whole = Int128(BasisPoints.whole)
        let net = Int128(paid) * whole / (whole + Int128(receipt.vatBP[line] ?? 0))
        return Int64(clamping: net - Int128(cost) * Int128(receipt.quantityMilli[line]) / 1000)
    }

    private func minor(of product: Int32, in store: Int32, on day: BusinessDay) -> Int64? {
        guard let known = costs[product] else { return nil }
        let inForce = known.filter { $0.from <= day }
        let zone = zones[store]
        return (inForce.first { $0.zone == zone && !$0.zone.text.isEmpty } ?? inForce.first { $0.zone.text.isEmpty })?.minor
    }
}

extension SaleCosts {
    /// Nothing of it is any supplier's to know.
    static let untold = SaleCosts([:], zones: [:])
}

extension Transaction {
    func saleCosts(of retailer: RetailerID) throws -> SaleCosts {
        let found = try query(
            """
            SELECT product.ordinal, price_bound.price_zone_id, price_bound.valid_from, price_bound.amount
            FROM price_bound
            JOIN product ON product.retailer_id = \(retailer) AND product.product_id = price_bound.product_id
            WHERE price_bound.retailer_id = \(retailer) AND price_bound.kind = \(PriceBoundKind.cost)
            """
        ) { row in
            (
                ordinal: try row.next(Int32.self),
                cost: SaleCosts.Cost(zone: try row.next(), from: try row.next(), minor: try row.next())
            )
        }
        guard !found.isEmpty else { return .untold }
        let zones = try query(
            "SELECT ordinal, price_zone_id FROM store WHERE retailer_id = \(retailer) AND price_zone_id IS NOT NULL",
            { row in (try row.next(Int32.self), try row.next(ExternalID.self)) })
        return SaleCosts(
            Dictionary(grouping: found, by: \.ordinal).mapValues { $0.map(\.cost) },
            zones: Dictionary(zones) { first, _ in first })
    }
}

package import Postgres

/// Whose profiles are computed: of a whole retailer, or of some of its shoppers, as if the others were not there.
package enum ShopperSelection: Sendable, Hashable {
    case all
    /// Rising.
    case keys([Int64])
    case range(ClosedRange<Int64>)

    /// A condition on a column with a shopper's key. Index of receipts: `receipt_by_shopper`.
    package func holds(_ column: SQL) -> SQL {
        switch self {
        case .all: "true"
        case .keys(let keys): "\(fragment: column) = ANY (\(keys))"
        case .range(let keys): "\(fragment: column) BETWEEN \(keys.lowerBound) AND \(keys.upperBound)"
        }
    }
}

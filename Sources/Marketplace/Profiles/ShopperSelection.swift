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

    /// Many keys that stand close together are read as a range: what lies between is skipped.
    package init(near keys: [UInt32]) {
        let keys = keys.map(Int64.init)
        if let first = keys.first, let last = keys.last, last - first < 8 * Int64(keys.count) {
            self = .range(first...last)
        } else {
            self = .keys(keys)
        }
    }
}

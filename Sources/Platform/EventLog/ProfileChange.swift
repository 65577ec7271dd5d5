package import Kernel
package import Postgres

/// What profiles follow from. Whoever changes it notes so in the same transaction, for the indexes that are kept in memory:
/// they look again at exactly what was named (docs/audience-index.md).
package enum ProfileSource: String, CaseIterable, SQLWord {
    /// Receipts, returns, flags, cards or lists of these shoppers; the keys are theirs.
    case shoppers
    /// Brands or categories of these products; the keys are their ordinals.
    case products
    /// Which category lies in which; no keys.
    case categories
    /// The rules of traits; no keys.
    case traits
}

extension Transaction {
    /// Notes what this transaction changed. Nothing where a source that has keys is given none.
    package func noteProfileChange(_ source: ProfileSource, _ keys: [Int64] = [], of retailer: RetailerID) throws {
        guard !keys.isEmpty || source == .categories || source == .traits else { return }
        try execute(
            """
            INSERT INTO profile_change (retailer_id, kind, keys)
            VALUES (\(retailer), \(source), \(Set(keys).sorted()))
            """)
    }
}

extension SQL {
    /// `noted`: a part of a WITH that notes the keys of a SELECT of one column, so that no statement is added to a hot
    /// transaction. Nothing where there are none.
    package static func noted(_ source: ProfileSource, of retailer: RetailerID, keys: SQL) -> SQL {
        """
        noted AS (
            INSERT INTO profile_change (retailer_id, kind, keys)
            SELECT \(retailer), \(source)::text, array_agg(DISTINCT changed.key)
            FROM (\(fragment: keys)) AS changed (key)
            WHERE changed.key IS NOT NULL
            HAVING count(*) > 0
        )
        """
    }
}

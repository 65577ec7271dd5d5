package import Kernel
package import Postgres

/// What is kept in memory follows from. Whoever changes it notes so in the same transaction: audience indexes and the offers
/// of this node's retailers look again at exactly what was named (docs/audience-index.md, docs/offers.md).
package enum ProfileSource: String, CaseIterable, SQLWord {
    /// Receipts, returns or lists of these shoppers; the keys are theirs.
    case shoppers
    /// Flags or cards of these shoppers; the keys are theirs.
    case people
    /// Names, brands or categories of these products; the keys are their ordinals.
    case products
    /// Which category lies in which; no keys.
    case categories
    /// The rules of traits; no keys.
    case traits
    /// Prices and price bounds, or where stores are; no keys.
    case prices
    /// What is used and held of these shoppers' limits, and what they activated; the keys are theirs.
    case limits

    /// What profiles are computed from.
    package static let ofProfiles: Set<ProfileSource> = [.shoppers, .people, .products, .categories, .traits]
    /// What is shown of offers follows from, campaigns and grants apart.
    package static let ofOffers: Set<ProfileSource> = [.people, .products, .categories, .prices, .limits]

    /// Whether a change names what changed.
    var hasKeys: Bool {
        switch self {
        case .shoppers, .people, .products, .limits: true
        case .categories, .traits, .prices: false
        }
    }
}

extension Transaction {
    /// Notes what this transaction changed. Nothing where a source that has keys is given none.
    package func noteProfileChange(_ source: ProfileSource, _ keys: [Int64] = [], of retailer: RetailerID) throws {
        guard !keys.isEmpty || !source.hasKeys else { return }
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

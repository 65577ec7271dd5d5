import Postgres

/// Who pays for an offer, as its label says (DOMAIN 16).
package enum FundedBy: String, Sendable, CaseIterable, SQLWord {
    case supplier, retailer
    /// Wallets of both.
    case shared

    /// What the label says where the campaign has no words of its own, by language.
    package var labels: [String: String] {
        switch self {
        case .supplier: ["en": "Supplier discount", "ru": "Скидка от поставщика"]
        case .retailer: ["en": "Store discount", "ru": "Скидка магазина"]
        case .shared: ["en": "Joint discount", "ru": "Совместная скидка"]
        }
    }
}

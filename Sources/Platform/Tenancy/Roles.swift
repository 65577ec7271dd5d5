import Postgres

/// What a key of a retailer may do.
package enum RetailerRole: String, CaseIterable, SQLWord {
    /// Persons, keys, policies, agreements.
    case admin
    /// Top-ups, allocations, statements.
    case treasurer
    /// Campaigns of suppliers: approve, reject, pause, stop.
    case approver
    /// The retailer's own campaigns, traits, audiences.
    case marketer
    /// Reads.
    case analyst
    /// Quotes and receipts.
    case till
    /// Offers of one shopper.
    case app
    /// Imports.
    case feed
}

/// What a key of a supplier may do, at the retailers with whom it has an agreement.
package enum SupplierRole: String, CaseIterable, SQLWord {
    case admin, treasurer, marketer, analyst
}

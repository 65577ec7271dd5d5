package enum RetailerKind: IDKind { package static let prefix = "retailer" }
package enum SupplierKind: IDKind { package static let prefix = "supplier" }

/// The tenant: every row of a tenant's carries it first.
package typealias RetailerID = TypedID<RetailerKind>

/// A brand owner or distributor, who works with many retailers.
package typealias SupplierID = TypedID<SupplierKind>

package import Kernel

/// What an auditor may read: the statements of one agreement and the receipt lines behind them, while its grant stands.
/// Ids of capabilities above are opaque here.
package struct AuditorMandate: Sendable, Hashable {
    package let grant: Identifier
    package let retailer: RetailerID
    package let supplier: SupplierID
    package let agreement: Identifier

    package init(grant: Identifier, retailer: RetailerID, supplier: SupplierID, agreement: Identifier) {
        self.grant = grant
        self.retailer = retailer
        self.supplier = supplier
        self.agreement = agreement
    }
}

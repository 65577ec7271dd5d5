package import Kernel

/// An account of which a retailer has one for each asset (payable: one for each owner of wallets). Opened when it is
/// first needed; its id follows from what it is, so that two who open it at once mean the same.
package struct SharedAccount: Sendable, Hashable {
    package let kind: AccountKind
    package let asset: Asset
    package let supplier: SupplierID?

    private init(_ kind: AccountKind, _ asset: Asset, _ supplier: SupplierID? = nil) {
        self.kind = kind
        self.asset = asset
        self.supplier = supplier
    }

    package static func external(_ asset: Asset) -> SharedAccount { SharedAccount(.external, asset) }
    package static func allocation(_ asset: Asset) -> SharedAccount { SharedAccount(.allocation, asset) }
    package static func fee(_ asset: Asset) -> SharedAccount { SharedAccount(.fee, asset) }
    package static func clearing(_ asset: Asset) -> SharedAccount { SharedAccount(.clearing, asset) }

    /// What the owner's campaigns owe the retailer; `owner` nil is the retailer itself.
    package static func payable(_ asset: Asset, owner: SupplierID?) -> SharedAccount { SharedAccount(.payable, asset, owner) }

    package func id(at retailer: RetailerID) -> AccountID {
        DerivedID.make(
            retailer, key: "account", leg: "\(kind.rawValue) \(asset.code) \(supplier.map { "\($0.value)" } ?? "own")")
    }
}

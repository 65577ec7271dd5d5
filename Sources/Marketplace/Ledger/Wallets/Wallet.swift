package import Kernel
package import Parties

/// A prepaid balance at one retailer: one for each agreement for the supplier, or the retailer's own.
package struct Wallet: Sendable, Hashable {
    package let id: WalletID
    package let account: AccountID
    package let name: String
    package let owner: Owner
    package let asset: Asset
    package let createdAt: Instant

    package init(id: WalletID, account: AccountID, name: String, owner: Owner, asset: Asset, createdAt: Instant) {
        self.id = id
        self.account = account
        self.name = name
        self.owner = owner
        self.asset = asset
        self.createdAt = createdAt
    }

    package enum Owner: Sendable, Hashable {
        case retailer
        case supplier(SupplierID, agreement: AgreementID)
    }

    package var supplier: SupplierID? { if case .supplier(let supplier, _) = owner { supplier } else { nil } }
    package var agreement: AgreementID? { if case .supplier(_, let agreement) = owner { agreement } else { nil } }
}

/// A wallet and what is in it.
package struct WalletBalance: Sendable, Hashable {
    package let wallet: Wallet
    /// Minor units that may be spent now.
    package let available: Int64
    /// Minor units in the wallet itself: all credits minus all debits.
    package let posted: Int64
    /// Minor units that campaigns have of it: launched and neither spent nor come back.
    package let inCampaigns: Int64
    /// Below so many available minor units its owner is told; nil: never.
    package let lowBalance: Int64?
}

package import Kernel

package enum AccountIDKind: IDKind { package static let prefix = "account" }
package enum TransferIDKind: IDKind { package static let prefix = "transfer" }
package enum HoldIDKind: IDKind { package static let prefix = "hold" }
package enum WalletIDKind: IDKind { package static let prefix = "wallet" }
package enum TopUpIDKind: IDKind { package static let prefix = "top_up" }
package enum AllocationIDKind: IDKind { package static let prefix = "allocation" }
package enum CorrectionIDKind: IDKind { package static let prefix = "correction" }
enum CampaignReferenceKind: IDKind { static let prefix = "campaign" }

package typealias AccountID = TypedID<AccountIDKind>
package typealias TransferID = TypedID<TransferIDKind>
package typealias HoldID = TypedID<HoldIDKind>
package typealias WalletID = TypedID<WalletIDKind>
package typealias TopUpID = TypedID<TopUpIDKind>
package typealias CorrectionID = TypedID<CorrectionIDKind>
package typealias AllocationID = TypedID<AllocationIDKind>

/// A campaign as the ledger names it to the outside: it knows the id and nothing else of it.
typealias CampaignReference = TypedID<CampaignReferenceKind>

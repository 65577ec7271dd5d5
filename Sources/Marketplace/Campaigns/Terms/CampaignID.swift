package import Kernel

package enum CampaignKind: IDKind { package static let prefix = "campaign" }

/// A promotion of some products for some shoppers over some time, funded by one or more wallets.
package typealias CampaignID = TypedID<CampaignKind>

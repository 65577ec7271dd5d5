import Campaigns
import Kernel
import Ledger
import Parties

/// An agreement by which a supplier bears discounts that no budget paid, for some reasons and up to a cap a month, from its
/// wallet (docs/decisions/0008-bearers-of-unfunded-discounts.md).
struct Bearing: Sendable {
    let agreement: AgreementID
    let supplier: SupplierID
    /// The agreement's wallet.
    let account: AccountID
    let bearers: UnfundedBearers
}

/// The supplier's part of one unfunded discount; the retailer bears the rest.
struct BorneShare: Sendable, Hashable {
    let agreement: AgreementID
    let account: AccountID
    let reason: UnfundedReason
    let minor: Int64
}

/// Decides who bears the unfunded discounts of a sale, one after the other: what one takes of cap and wallet is not there
/// for the next. Pure.
struct BearingDecision: Sendable {
    private let bearings: [CampaignID: Bearing]
    private let asset: Asset
    private var borne: [BorneKey: Int64]
    private var available: [AccountID: Int64]

    /// `borne`: in the month of the sale; `available`: what the wallets have.
    init(
        _ bearings: [CampaignID: Bearing], borne: [BorneKey: Int64], available: [AccountID: Int64], in asset: Asset
    ) {
        self.bearings = bearings
        self.borne = borne
        self.available = available
        self.asset = asset
    }

    /// Nil where the retailer bears all.
    mutating func take(_ unfunded: Int64, of campaign: CampaignID, because reason: UnfundedReason?) -> BorneShare? {
        guard unfunded > 0, let reason, let bearing = bearings[campaign] else { return nil }
        let key = BorneKey(agreement: bearing.agreement, reason: reason)
        let share = bearing.bearers.supplierShare(
            of: Money(minor: unfunded, asset: asset), because: reason,
            borneThisMonth: Money(minor: borne[key] ?? 0, asset: asset))
        let minor = min(share.minor, available[bearing.account] ?? 0)
        guard minor > 0 else { return nil }
        borne[key, default: 0] += minor
        available[bearing.account, default: 0] -= minor
        return BorneShare(agreement: bearing.agreement, account: bearing.account, reason: reason, minor: minor)
    }
}

/// A row of `unfunded_borne` within its month.
struct BorneKey: Sendable, Hashable {
    let agreement: AgreementID
    let reason: UnfundedReason
}

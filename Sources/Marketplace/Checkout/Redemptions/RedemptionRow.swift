import Campaigns
import EventLog
import JSONText
import Kernel
import Ledger
import Parties

/// A claim with its decision, on its way into the tables.
struct RedemptionRow: Sendable {
    let claim: RedemptionClaim
    let decision: RedemptionDecision
    /// What the supplier bears of the part that is not funded.
    let borne: BorneShare?
    /// Nil where it pays no more, or is none of ours.
    let campaign: RunningCampaign?
    /// Whose campaign it is or was.
    let supplier: SupplierID?
    let id: RedemptionID
    /// At which depth the shopper was promised it on the day of the sale; nil where it is the same for everybody.
    let depthBP: Int32?

    var feeMinor: Int64 { decision.split?.feeMinor ?? 0 }

    var redemption: Redemption {
        Redemption(
            id: id, lineNo: claim.line.lineNo, campaign: claim.campaign, claimedMinor: claim.claimedMinor,
            allowedMinor: decision.allowedMinor, fundedMinor: decision.fundedMinor, feeMinor: feeMinor,
            reason: decision.reason?.rawValue)
    }

    /// The discount to what the wallet's owner owes the retailer, the fee to the platform.
    func transfers(
        _ part: FundingSplit.Part, _ account: Account?, _ situation: CheckoutSituation, _ day: BusinessDay
    ) -> [NewTransfer] {
        let (retailer, asset) = (situation.retailer, situation.clock.asset)
        let make = { (kind: TransferKind, credit: SharedAccount, minor: Int64) in
            NewTransfer(
                id: DerivedID.make(retailer, key: "\(kind.rawValue) \(id)", leg: "\(part.account)"), kind: kind,
                debit: AccountID(part.account), credit: credit.id(at: retailer), amount: Money(minor: minor, asset: asset),
                campaign: claim.campaign.value, cause: EventSubject(id), businessDay: day)
        }
        var transfers = [make(.redemption, .payable(asset, owner: account?.supplier), part.discountMinor)]
        if part.feeMinor > 0 { transfers.append(make(.fee, .fee(asset), part.feeMinor)) }
        return transfers
    }

    /// What the supplier bears, from its wallet to what it owes the retailer.
    func borneTransfer(_ situation: CheckoutSituation, _ day: BusinessDay) -> NewTransfer? {
        guard let borne else { return nil }
        let (retailer, asset) = (situation.retailer, situation.clock.asset)
        return NewTransfer(
            id: DerivedID.make(retailer, key: "\(TransferKind.unfunded.rawValue) \(id)", leg: "\(borne.account)"),
            kind: .unfunded, debit: borne.account,
            credit: SharedAccount.payable(asset, owner: supplier).id(at: retailer),
            amount: Money(minor: borne.minor, asset: asset), campaign: claim.campaign.value, cause: EventSubject(id),
            businessDay: day)
    }

    /// What the redemption uses of limits, on the day on which a hold kept them. What it kept was given back when it was
    /// resolved.
    func limitChanges(in situation: CheckoutSituation) -> [LimitChange] {
        guard let campaign, let split = decision.split else { return [] }
        return campaign.limits(for: situation.basket, on: claim.basis.keptOn).filter(\.key.isStored).map {
            LimitChange(key: $0.key, limit: $0.bound, used: $0.key.counter.isMoney ? split.totalMinor : decision.units)
        }
    }

    /// What is told: a paid discount, or one that is not paid in full and who bears the rest.
    func event(_ situation: CheckoutSituation) -> Event {
        let money = { (minor: Int64) in Money(minor: minor, asset: situation.clock.asset) }
        let type = decision.reason == nil ? "redemption.paid" : "redemption.unfunded"
        var event = Event(type, about: EventSubject(claim.campaign)) { json in
            json.field("campaign_id", claim.campaign)
            json.field("redemption_id", id)
            json.field("units", decision.units)
            json.field("claimed", money(claim.claimedMinor))
            json.field("funded", money(decision.fundedMinor))
            json.field("fee", money(feeMinor))
            json.field("reason", decision.reason?.rawValue)
            guard decision.reason != nil else { return }
            json.object("borne_by") { json in
                json.field("supplier", money(borne?.minor ?? 0))
                json.field("retailer", money(claim.claimedMinor - decision.fundedMinor - (borne?.minor ?? 0)))
            }
        }
        // What a till names may be no campaign at all.
        if campaign != nil || situation.closed[claim.campaign] != nil { event.campaign = claim.campaign.value }
        event.units = decision.units
        event.amountMinor = decision.fundedMinor
        return event
    }
}

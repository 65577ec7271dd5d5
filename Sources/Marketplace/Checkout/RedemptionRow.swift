import Campaigns
import EventLog
import JSONText
import Kernel
import Ledger

/// A claim with its decision, on its way into the tables.
struct RedemptionRow: Sendable {
    let claim: RedemptionClaim
    let decision: RedemptionDecision
    let campaign: RunningCampaign?
    let id: RedemptionID

    init(_ claim: RedemptionClaim, _ decision: RedemptionDecision, _ campaign: RunningCampaign?, id: RedemptionID) {
        self.claim = claim
        self.decision = decision
        self.campaign = campaign
        self.id = id
    }

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

    /// What the redemption uses of limits. What a hold kept was given back when it was resolved.
    func limitChanges(in situation: CheckoutSituation) -> [LimitChange] {
        guard let campaign, decision.units > 0 else { return [] }
        return campaign.limits(for: situation.basket).filter(\.key.isStored).map {
            LimitChange(key: $0.key, limit: $0.units, used: decision.units)
        }
    }

    /// What is told: a paid discount, or one that is not paid in full. A claim for a campaign of nobody tells nothing.
    func event(_ asset: Asset) -> Event? {
        guard let campaign else { return nil }
        let type = decision.reason == nil ? "redemption.paid" : "redemption.unfunded"
        var event = Event(type, about: EventSubject(campaign.id), suppliers: []) { json in
            json.field("campaign_id", campaign.id)
            json.field("redemption_id", id)
            json.field("units", decision.units)
            json.field("claimed", Money(minor: claim.claimedMinor, asset: asset))
            json.field("funded", Money(minor: decision.fundedMinor, asset: asset))
            json.field("fee", Money(minor: feeMinor, asset: asset))
            json.field("reason", decision.reason?.rawValue)
        }
        event.campaign = campaign.id.value
        event.units = decision.units
        event.amountMinor = decision.fundedMinor
        return event
    }
}

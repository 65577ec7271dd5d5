package import Campaigns
package import EventLog
import JSONText
package import Kernel
package import Ledger
package import Parties

/// A part of a campaign's budget from which on both sides are told that it is spent.
package enum BudgetLevel: Int64, CaseIterable, Sendable {
    case half = 50
    case fourFifths = 80
    /// What is left pays for no unit any more.
    case whole = 100

    /// Those that a spend crosses after which the wallets have `after` left of `before`, in the order of the funding. What
    /// quotes keep is not spent: it may come back.
    package static func crossed(
        from before: [Int64], to after: [Int64], of budget: Int64, _ least: LeastPayment, _ exhausted: ExhaustedShare = .stop
    ) -> [BudgetLevel] {
        guard budget > 0, after.reduce(0, +) < before.reduce(0, +) else { return [] }
        return allCases.filter { level in
            !level.isReached(leaving: before, of: budget, least, exhausted)
                && level.isReached(leaving: after, of: budget, least, exhausted)
        }
    }

    private func isReached(
        leaving rest: [Int64], of budget: Int64, _ least: LeastPayment, _ exhausted: ExhaustedShare
    ) -> Bool {
        if self == .whole { return !least.isPayable(from: rest, exhausted) }
        return (Int128(budget) - Int128(rest.reduce(0, +))) * 100 >= Int128(budget) * Int128(rawValue)
    }
}

/// A level that a transaction's sales have crossed, told in the same transaction. Nothing is stored of it: the accounts are
/// locked from reading to commit, so what was spent before and after is known, and exactly one transaction sees a crossing.
/// Returns may take the spend below a level again; then it is crossed anew.
package struct BudgetReached: Sendable {
    package let campaign: RunningCampaign
    package let level: BudgetLevel
    /// Minor units after the transaction.
    package let budgetMinor: Int64
    package let capturedMinor: Int64
    package let reservedMinor: Int64

    /// What a posting did to these campaigns, all of whose accounts it has locked. Of some something is weighed.
    package static func by(
        _ posting: Posting, of campaigns: [RunningCampaign], weighed: Set<CampaignID> = [], _ exhausted: ExhaustedShare = .stop
    ) -> [BudgetReached] {
        campaigns.eachOnce.flatMap { campaign -> [BudgetReached] in
            let accounts = campaign.accounts
            let (before, after) = (posting.restBefore(accounts), posting.rest(accounts))
            let budget = campaign.putIn(posting)
            let reserved = accounts.reduce(0) { $0 + (posting.accounts[$1]?.debitsPending ?? 0) }
            let crossed = BudgetLevel.crossed(
                from: before, to: after, of: budget, campaign.leastPayment(byWeight: weighed.contains(campaign.id)), exhausted)
            return crossed.map { level in
                BudgetReached(
                    campaign: campaign, level: level, budgetMinor: budget, capturedMinor: budget - after.reduce(0, +),
                    reservedMinor: reserved)
            }
        }
    }

    /// Those that pay for no piece any more: whether something of them is weighed matters now.
    package static func short(
        after posting: Posting, of campaigns: [RunningCampaign], _ exhausted: ExhaustedShare = .stop
    ) -> [CampaignID] {
        campaigns.eachOnce.filter { campaign in
            !campaign.leastPayment(byWeight: false).isPayable(from: posting.rest(campaign.accounts), exhausted)
        }.map(\.id)
    }

    package func event(_ asset: Asset) -> Event {
        var event = Event(
            "campaign.budget_reached", about: EventSubject(campaign.id), suppliers: campaign.supplier.map { [$0] } ?? []
        ) { json in
            json.field("campaign_id", campaign.id)
            json.field("supplier_id", campaign.supplier)
            json.field("agreement_id", campaign.agreement.map(AgreementID.init))
            json.field("name", campaign.name)
            json.field("version", campaign.version)
            json.field("percent", level.rawValue)
            json.field("budget", Money(minor: budgetMinor, asset: asset))
            json.field("captured", Money(minor: capturedMinor, asset: asset))
            json.field("reserved", Money(minor: reservedMinor, asset: asset))
        }
        event.campaign = campaign.id.value
        event.amountMinor = capturedMinor
        return event
    }
}

extension RunningCampaign {
    /// What its wallets put in, as the locked accounts say: an extension may have come since the campaign was read. A program
    /// that did not count it left 0 there; then what was read holds.
    fileprivate func putIn(_ posting: Posting) -> Int64 {
        shares.reduce(0) { sum, share in
            let counted = posting.accounts[AccountID(share.account)]?.putIn ?? 0
            return sum + (counted > 0 ? counted : share.putInMinor)
        }
    }
}

extension RunningCampaign {
    /// In the order of its funding.
    fileprivate var accounts: [AccountID] { shares.map { AccountID($0.account) } }
}

extension [RunningCampaign] {
    fileprivate var eachOnce: [RunningCampaign] {
        var seen: Set<CampaignID> = []
        return filter { seen.insert($0.id).inserted }.sorted { $0.id < $1.id }
    }
}

extension Posting {
    fileprivate func rest(_ accounts: [AccountID]) -> [Int64] { accounts.map { balances([$0]) } }

    fileprivate func restBefore(_ accounts: [AccountID]) -> [Int64] { accounts.map { balancesBefore([$0]) } }
}

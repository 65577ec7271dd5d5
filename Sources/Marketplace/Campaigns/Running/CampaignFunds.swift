import Kernel
import Postgres

/// What a launched campaign's accounts and wallets have, as the counters stand. Good for showing that a step is due; a
/// command that moves money looks again under the locks.
struct CampaignFunds: Sendable, Hashable {
    /// What its wallets put in: the budget with its extensions.
    let putInMinor: Int64
    /// Neither spent nor gone back; what quotes keep is part of it.
    let restMinor: Int64
    /// What its wallets have to spend.
    let walletsMinor: Int64

    /// Four fifths and more are spent.
    var isNearlySpent: Bool { Int128(restMinor) * 5 <= Int128(putInMinor) }
}

extension Transaction {
    /// Indexes: the primary keys of `campaign_funding`, `account` and `wallet`.
    func funds(of campaigns: [CampaignID], at retailer: RetailerID) throws -> [CampaignID: CampaignFunds] {
        guard !campaigns.isEmpty else { return [:] }
        let found = try query(
            """
            SELECT funding.campaign_id, sum(funding.budget_amount)::bigint,
                sum(account.credits_posted - account.debits_posted)::bigint,
                sum(source.credits_posted - source.debits_posted)::bigint
            FROM campaign_funding AS funding
            JOIN account ON account.retailer_id = \(retailer) AND account.account_id = funding.account_id
            JOIN account AS source ON source.retailer_id = \(retailer) AND source.account_id = account.wallet_account_id
            WHERE funding.retailer_id = \(retailer) AND funding.campaign_id = ANY (\(campaigns))
            GROUP BY funding.campaign_id
            """
        ) { row in
            (
                try row.next(CampaignID.self),
                CampaignFunds(putInMinor: try row.next(), restMinor: try row.next(), walletsMinor: try row.next())
            )
        }
        return Dictionary(uniqueKeysWithValues: found)
    }

    /// Where the money of these campaigns stands; of those that are left out it suffices. What a unit costs is read of those
    /// that are not among the `known`.
    func moneyStates(
        of campaigns: [Campaign], at retailer: RetailerID, known: CheapestUnits = CheapestUnits()
    ) throws -> [CampaignID: CampaignMoney] {
        let looked = campaigns.filter { $0.state == .running || $0.pause?.isForBudget == true }
        let funds = try funds(of: looked.map(\.id), at: retailer)
        let unknown = known.missing(of: looked, at: retailer)
        let read = unknown.isEmpty ? [] : try runningCampaigns(among: unknown, of: retailer)
        let cheapest = known.keep(looked, adding: read, at: retailer)
        var states: [CampaignID: CampaignMoney] = [:]
        for campaign in looked {
            guard let funds = funds[campaign.id], let unit = cheapest[campaign.id] else { continue }
            states[campaign.id] = CampaignMoney(campaign, funds, isExhausted: funds.restMinor < unit)
        }
        return states
    }
}

/// Whether a campaign's budget lasts.
enum CampaignMoney: Sendable, Hashable {
    /// Less than four fifths are spent.
    case plenty
    case enough
    /// No unit can be paid any more; `extensible`: so many minor units may be added at once by its own terms.
    case exhausted(extensible: Int64)

    init(_ campaign: Campaign, _ funds: CampaignFunds, isExhausted: Bool) {
        guard isExhausted else {
            self = funds.isNearlySpent ? .enough : .plenty
            return
        }
        let terms = campaign.terms
        let left = terms.extensionLeft(putIn: funds.putInMinor)
        let step = min(terms.budgetExtension?.step?.minor ?? 0, left)
        self = .exhausted(extensible: step <= funds.walletsMinor ? step : 0)
    }
}

extension CampaignTerms {
    /// Minor units that may still be added to a budget into which so much was put.
    func extensionLeft(putIn: Int64) -> Int64 {
        guard let budgetExtension else { return 0 }
        return max(0, budgetExtension.limit.minor - (putIn - budget.minor))
    }
}

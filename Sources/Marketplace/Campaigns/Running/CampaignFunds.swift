package import Kernel
import Parties
package import Postgres

/// What a launched campaign's accounts and wallets have, as the counters stand, by wallet in the order of its funding. Good
/// for showing that a step is due; a command that moves money looks again under the locks.
struct CampaignFunds: Sendable, Hashable {
    /// What each wallet put in: its part of the budget with its extensions.
    let putIn: [Int64]
    /// Neither spent nor gone back; what quotes keep is part of it.
    let rest: [Int64]
    /// What each wallet has to spend.
    let wallets: [Int64]
    /// Whether each wallet is the supplier's.
    let suppliersOwn: [Bool]

    var putInMinor: Int64 { putIn.reduce(0, +) }
    var restMinor: Int64 { rest.reduce(0, +) }

    /// Four fifths and more are spent.
    var isNearlySpent: Bool { Int128(restMinor) * 5 <= Int128(putInMinor) }

    /// What a campaign's own terms add at once when its wallets pay for no unit any more: the fewest steps after which they
    /// pay for one. 0 where its limit or its funding does not allow it, a wallet cannot pay its part, or its owner has made the
    /// budget smaller than was approved: what people took out the service does not put in.
    func extending(_ campaign: Campaign, toPay least: LeastPayment, _ exhausted: ExhaustedShare) -> Int64 {
        guard let step = campaign.terms.budgetExtension?.step?.minor, putInMinor >= campaign.terms.budget.minor else { return 0 }
        let left = campaign.terms.extensionLeft(putIn: putInMinor)
        let missing = max(1, least.floorMinor(exhausted) - restMinor)
        guard missing <= left else { return 0 }
        let amount = { (steps: Int64) in Int64(min(Int128(steps) * Int128(step), Int128(left))) }
        let suffices = { (steps: Int64) in
            parts(of: campaign, extendedBy: amount(steps)).map { parts in
                least.isPayable(from: zip(rest, parts).map { $0 + $1 }, exhausted)
            } ?? false
        }
        // What each wallet adds grows with the steps, so the fewest are found by halves.
        var (few, many) = ((missing - 1) / step, (left - 1) / step + 1)
        guard suffices(many) else { return 0 }
        while many - few > 1 {
            let middle = few + (many - few) / 2
            if suffices(middle) { many = middle } else { few = middle }
        }
        let canPay = parts(of: campaign, extendedBy: amount(many)).map { zip($0, wallets).allSatisfy { $0 <= $1 } }
        return canPay ?? false ? amount(many) : 0
    }

    /// What each wallet adds; nil where their caps do not carry it.
    private func parts(of campaign: Campaign, extendedBy amount: Int64) -> [Int64]? {
        let whole = try? BudgetSplit(
            of: putInMinor + amount, over: campaign.terms.funding, fee: campaign.fee, suppliersOwn: suppliersOwn)
        return whole.map { BudgetSplit.adding(to: putIn, upTo: $0.parts, amount) }
    }
}

extension Transaction {
    /// Indexes: the primary keys of `campaign_funding`, `account` and `wallet`.
    func funds(of campaigns: [CampaignID], at retailer: RetailerID) throws -> [CampaignID: CampaignFunds] {
        guard !campaigns.isEmpty else { return [:] }
        let found = try query(
            """
            SELECT funding.campaign_id, array_agg(COALESCE(funding.budget_amount, 0) ORDER BY funding.place),
                array_agg(COALESCE(account.credits_posted - account.debits_posted, 0) ORDER BY funding.place),
                array_agg(source.credits_posted - source.debits_posted - source.debits_pending ORDER BY funding.place),
                array_agg(CASE WHEN wallet.supplier_id IS NULL THEN 0 ELSE 1 END ORDER BY funding.place)
            FROM campaign_funding AS funding
            JOIN wallet ON wallet.retailer_id = \(retailer) AND wallet.wallet_id = funding.wallet_id
            JOIN account AS source ON source.retailer_id = \(retailer) AND source.account_id = wallet.account_id
            LEFT JOIN account ON account.retailer_id = \(retailer) AND account.account_id = funding.account_id
            WHERE funding.retailer_id = \(retailer) AND funding.campaign_id = ANY (\(campaigns))
            GROUP BY funding.campaign_id
            """
        ) { row in
            let id: CampaignID = try row.next()
            let (putIn, rest, wallets): ([Int64], [Int64], [Int64]) = (try row.next(), try row.next(), try row.next())
            let own: [Int32] = try row.next()
            return (id, CampaignFunds(putIn: putIn, rest: rest, wallets: wallets, suppliersOwn: own.map { $0 == 1 }))
        }
        return Dictionary(uniqueKeysWithValues: found)
    }

    /// Where the money of these campaigns stands, by the policy of now; of those that are left out it suffices. What a unit costs
    /// is read of those that are not among the `known`.
    func moneyStates(
        of campaigns: [Campaign], on today: BusinessDay, at retailer: RetailerID, known: CheapestUnits = CheapestUnits()
    ) throws -> [CampaignID: CampaignMoney] {
        let looked = campaigns.filter { $0.state == .running || $0.pause?.isForBudget == true }
        guard !looked.isEmpty else { return [:] }
        let exhausted = try policy(of: retailer).exhaustedShare
        let funds = try funds(of: looked.map(\.id), at: retailer)
        let unknown = known.missing(of: looked, on: today, at: retailer)
        let fresh = try leastPayments(of: unknown, on: today, at: retailer)
        let cheapest = known.keep(looked, adding: fresh, on: today, at: retailer)
        var states: [CampaignID: CampaignMoney] = [:]
        for campaign in looked {
            guard let funds = funds[campaign.id], let least = cheapest[campaign.id] else { continue }
            states[campaign.id] = CampaignMoney(campaign, funds, least, exhausted)
        }
        return states
    }

    private func leastPayments(
        of campaigns: [CampaignID], on today: BusinessDay, at retailer: RetailerID
    ) throws -> [CampaignID: LeastPayment] {
        guard !campaigns.isEmpty else { return [:] }
        let read = try runningCampaigns(among: campaigns, of: retailer)
        let weighed = try weighedCampaigns(among: campaigns, of: retailer)
        return Dictionary(
            read.map { ($0.id, $0.asOf(today).leastPayment(byWeight: weighed.contains($0.id))) }
        ) { first, _ in first }
    }

    /// Those of the campaigns with a product, in whichever of their versions, that is sold by weight, volume or length. Indexes: the
    /// primary keys.
    package func weighedCampaigns(among ids: [CampaignID], of retailer: RetailerID) throws -> Set<CampaignID> {
        guard !ids.isEmpty else { return [] }
        return Set(
            try query(
                """
                SELECT campaign.campaign_id
                FROM campaign
                WHERE campaign.retailer_id = \(retailer) AND campaign.campaign_id = ANY (\(ids)) AND EXISTS (
                    SELECT FROM campaign_product AS sold
                    JOIN product ON product.retailer_id = \(retailer) AND product.product_id = sold.product_id
                    WHERE sold.retailer_id = \(retailer) AND sold.campaign_id = campaign.campaign_id
                        AND sold.version BETWEEN COALESCE(campaign.launched_version, campaign.version) AND campaign.version
                        AND sold.withdrawn_at IS NULL AND product.unit <> 'piece'
                )
                """, { row in try row.next(CampaignID.self) }))
    }
}

/// Whether a campaign's budget lasts.
enum CampaignMoney: Sendable, Hashable {
    /// Less than four fifths are spent.
    case plenty
    case enough
    /// No unit can be paid any more; `extensible`: so many minor units may be added at once by its own terms.
    case exhausted(extensible: Int64)

    init(_ campaign: Campaign, _ funds: CampaignFunds, _ least: LeastPayment, _ exhausted: ExhaustedShare) {
        if least.isPayable(from: funds.rest, exhausted) {
            self = funds.isNearlySpent ? .enough : .plenty
        } else {
            self = .exhausted(extensible: funds.extending(campaign, toPay: least, exhausted))
        }
    }
}

extension CampaignTerms {
    /// Minor units that may still be added to a budget into which so much was put.
    func extensionLeft(putIn: Int64) -> Int64 {
        guard let budgetExtension else { return 0 }
        return max(0, budgetExtension.limit.minor - (putIn - budget.minor))
    }
}

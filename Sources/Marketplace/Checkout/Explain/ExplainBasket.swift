import Campaigns
import Kernel
import Ledger
import Offers
import Postgres
import Shoppers

/// Why a basket gets what it gets, campaign by campaign; nothing is kept, written or promised by it. Campaigns that are named
/// are taken as running and as promised to the shopper, and those of them that are not launched as having their whole budget.
struct ExplainBasket: Sendable {
    let request: ExplainRequest
    let memory: CampaignMemory

    func run(in tx: borrowing Transaction, of retailer: RetailerID, at now: Instant) throws -> Explanation {
        let moment = try request.moment(now)
        let situation = try tx.situation(of: request.quote, at: moment, retailer: retailer, memory)
        let named = try named(in: tx, of: retailer).map { $0.asOf(situation.clock.businessDay) }
        let rehearsal = try tx.rehearsal(of: situation, with: named)
        let ids = Set(named.map(\.id))
        let launched = rehearsal.campaigns.filter { !$0.isForEveryone && !ids.contains($0.id) }
        let shopper = situation.basket.shopper
        let standings = try shopper.flatMap { shopper in
            shopper.isKnown
                ? try tx.standings(of: shopper.key, in: launched, promised: shopper.promised, at: retailer) : nil
        }
        let accounts = try tx.accounts(rehearsal.accounts, of: retailer)
        var money = Dictionary(accounts.map { ($0.id.value, $0.available) }) { first, _ in first }
        var counters = try tx.countersLeft(to: [rehearsal], at: retailer)
        try tx.free(dueOn: rehearsal.accounts, &money, &counters, at: retailer)
        let budgets = try tx.unlaunchedBudgets(of: named.map(\.id), at: retailer)
        for campaign in named {
            guard let budget = budgets[campaign.id] else { continue }
            for share in campaign.shares { money[share.account] = budget }
        }
        let before = rehearsal.availability(money: money, counters, budgets: budgets)
        return Explanation(
            rehearsal, rehearsal.decide(before), before: before,
            at: moment, standings: standings ?? [:], states: Dictionary(named.map { ($0.id, $0.state) }) { first, _ in first },
            unlaunched: Set(budgets.keys))
    }

    /// The campaigns that are named, as they stand; a problem for each that has no products to speak of.
    private func named(in tx: borrowing Transaction, of retailer: RetailerID) throws -> [RunningCampaign] {
        guard !request.campaigns.isEmpty else { return [] }
        let found = try tx.rehearsedCampaigns(among: request.campaigns, of: retailer)
        var problems: [FieldProblem] = []
        for (place, id) in request.campaigns.enumerated() {
            let pointer = "/campaign_ids/\(place)"
            guard let campaign = found.first(where: { $0.id == id }) else {
                problems.append(FieldProblem(pointer: pointer, code: "unknown_campaign", detail: "There is no such campaign."))
                continue
            }
            guard campaign.products.isEmpty else { continue }
            problems.append(
                FieldProblem(
                    pointer: pointer, code: "campaign_not_submitted",
                    detail: "Its products are decided when it is submitted."))
        }
        guard problems.isEmpty else { throw Problem.invalid(problems) }
        return found
    }
}

extension Transaction {
    /// The same basket, with campaigns besides those that run: promised to its shopper and activated, where it has one.
    fileprivate func rehearsal(
        of situation: CheckoutSituation, with named: [RunningCampaign]
    ) throws -> CheckoutSituation {
        let basket = situation.basket
        let products = Set(basket.lines.map(\.product))
        let touching = named.filter { !products.isDisjoint(with: $0.products.keys) }
        guard !touching.isEmpty else { return situation }
        let ids = Set(touching.map(\.id))
        let shopper = basket.shopper.map {
            BasketShopper(
                key: $0.key, promised: $0.promised.union(ids), activated: $0.activated.union(ids), depthsBP: $0.depthsBP)
        }
        let bounds = try minimumPrices(of: [PriceMoment(situation.clock): products], at: situation.retailer)
        return CheckoutSituation(
            retailer: situation.retailer, clock: situation.clock,
            basket: Basket(
                store: basket.store, businessDay: basket.businessDay, localTime: basket.localTime, shopper: shopper,
                lines: basket.lines),
            campaigns: (situation.campaigns.filter { !ids.contains($0.id) }
                + touching.map { $0.asRunning.asRehearsed(for: shopper) }).sorted { $0.id < $1.id },
            policy: situation.policy, minimumPrices: bounds[PriceMoment(situation.clock)] ?? [:], products: situation.products)
    }

    /// What campaigns that are not launched would have to spend, in minor units.
    fileprivate func unlaunchedBudgets(of ids: [CampaignID], at retailer: RetailerID) throws -> [CampaignID: Int64] {
        guard !ids.isEmpty else { return [:] }
        let found = try query(
            """
            SELECT campaign.campaign_id, content.budget_amount
            FROM campaign
            JOIN campaign_version AS content ON content.retailer_id = campaign.retailer_id
                AND content.campaign_id = campaign.campaign_id AND content.version = campaign.version
            WHERE campaign.retailer_id = \(retailer) AND campaign.campaign_id = ANY (\(ids))
                AND campaign.launched_at IS NULL
            """
        ) { row in (try row.next(CampaignID.self), try row.next(Int64.self)) }
        return Dictionary(found) { first, _ in first }
    }
}

extension RunningCampaign {
    /// Where a shopper was promised no depth, as those get it of whom no rule is true.
    fileprivate func asRehearsed(for shopper: BasketShopper?) -> RunningCampaign {
        atDepth(shopper?.depthsBP[id] ?? depthByShopper?.otherwise.value ?? 0)
    }
}

import Bitmaps
import Campaigns
import Catalogue
import Kernel
import Parties
import Postgres
import Profiles

/// What is decided in one round, and for whom it is asked.
struct RoundPlan: Sendable {
    let retailer: RetailerID
    let period: GrantPeriod
    /// The day of the decision.
    let today: BusinessDay
    let policy: Policy
    let due: Set<CampaignID>
    /// Grants that were made later do not count: to look at a former round again. Nil: all count.
    var madeBefore: Instant?
    /// Nil: for all shoppers.
    var keys: [Int64]?
    /// Shoppers of whom all is told, apart from what is decided.
    let watched: KeySet
    /// Campaigns that looked at their live audience again.
    var live: [CampaignID: LiveAudience] = [:]
    /// Nobody but newcomers of live audiences is decided.
    var isOfNewcomers = false

    /// Whether the policy makes them compete; else all are promised whom their audience holds.
    var isContest: Bool {
        let rules = policy.offers
        return rules.perShopperMax != nil || rules.perShopperWeekMax != nil || rules.separation != .none
    }

    var selection: ShopperSelection { keys.map { .keys($0) } ?? .all }

    /// The same, telling of newcomers alone: the others were told of before.
    var watchingNewcomers: RoundPlan {
        RoundPlan(
            retailer: retailer, period: period, today: today, policy: policy, due: due, madeBefore: madeBefore, keys: keys,
            watched: live.values.reduce(into: KeySet()) { $0.formUnion($1.shown.union($1.held)) }.intersection(watched),
            live: live, isOfNewcomers: isOfNewcomers)
    }

    /// Of a stored set those for whom it is asked.
    func asked(_ keys: KeySet) -> KeySet { self.keys.map { keys.intersection(KeySet($0.map { UInt32($0) })) } ?? keys }
}

extension Transaction {
    /// The campaigns of a round, with the sets that it goes by. Reads each campaign's sets apart, so that no answer is as
    /// large as all.
    func round(_ plan: RoundPlan) throws -> DecisionRound {
        let eligibility = try eligibility(
            of: plan.retailer, personalOffersDefault: plan.policy.personalOffersDefault, among: plan.selection)
        let held = plan.isContest ? try heldOffers(plan, eligibility) : [:]
        let running = try runningCampaigns(of: plan.retailer)
        let known = Set(running.map(\.id))
        let others = try rehearsedCampaigns(among: held.keys.filter { !known.contains($0) }.sorted(), of: plan.retailer)
        let field = (running + others).map { $0.asOf(plan.today) }.filter { plan.due.contains($0.id) || held[$0.id] != nil }
            .sorted { ($0.launchedAt, $0.id) < ($1.launchedAt, $1.id) }
        let goods = try fieldGoods(of: field, at: plan.retailer)
        let barred = try barred(goods, field, plan)
        let due = field.filter { plan.due.contains($0.id) }
        let terms = try dueTerms(of: due, plan)
        var campaigns: [RoundCampaign] = []
        for (campaign, goods) in zip(field, goods.own) {
            var entry = RoundCampaign(
                contender: Contender(campaign, goods), name: campaign.name, isDue: plan.due.contains(campaign.id),
                barred: barred[campaign.id])
            entry.kept = held[campaign.id]?.kept ?? KeySet()
            entry.shownThisWeek = held[campaign.id]?.thisWeek ?? KeySet()
            if entry.isDue { try complete(&entry, campaign, goods, terms, eligibility, plan) }
            campaigns.append(entry)
        }
        try findDepths(in: &campaigns, plan)
        return DecisionRound(
            retailer: plan.retailer, period: plan.period, asOf: plan.today.adding(days: -1), campaigns: campaigns,
            choice: SlotChoice(campaigns.map(\.contender), by: plan.policy.offers),
            goods: GoodsGroups(goods.own, market: goods.market), eligibility: eligibility, model: .prior)
    }

    /// Whom a campaign that is due may be promised to.
    private func complete(
        _ entry: inout RoundCampaign, _ campaign: RunningCampaign, _ goods: [ProductGoods], _ terms: DueTerms,
        _ eligibility: Eligibility, _ plan: RoundPlan
    ) throws {
        guard var members = try members(of: campaign.id, version: campaign.version, at: plan.retailer) else { return }
        let audience = plan.live[campaign.id]
        if let audience {
            members.shown.formUnion(audience.shown)
            members.holdout.formUnion(audience.held)
        }
        let holdout = eligibility.following(members.holdout)
        entry.holdout = holdout.intersection(plan.watched)
        entry.shown = eligibility.following(members.shown).intersection(plan.watched)
        entry.isForAdults = goods.contains(where: \.isAdult)
        entry.spent = eligibility.following(terms.spent[campaign.id] ?? KeySet())
        entry.depthBp = campaign.depthBp
        entry.depths = campaign.depthByShopper.map { ShopperDepths($0, plan.policy.depthRules) }
        if entry.depths != nil, plan.keys == nil {
            let assigned = try assignedDepths(of: campaign.id, at: plan.retailer).reduce(KeySet()) { $0.union($1.all) }
            let known = eligibility.following(assigned)
            entry.unassigned = eligibility.following(members.shown).union(holdout).subtracting(known)
            entry.unassignedHeld = holdout.intersection(entry.unassigned)
        }
        entry.holdoutBp = terms.holdoutBp[campaign.id] ?? 0
        entry.pacing = terms.budgets[campaign.id].map { campaign.pacing(by: $0, on: plan.today) } ?? 0
        let earlier = try earlierPromises(of: campaign.id, plan)
        entry.shownBefore = eligibility.following(earlier.last)
        var tired = earlier.tired
        if let impressions = plan.policy.offers.fatigueImpressions {
            tired.formUnion(plan.asked(KeySet(try wornOut(of: campaign.id, after: impressions, at: plan.retailer))))
        }
        entry.tired = eligibility.following(tired)
        if terms.used.contains(campaign.id) { entry.barred = entry.barred ?? .limitReached }
        var eligible = eligibility.granted(
            of: plan.asked(members.shown), holdout: members.holdout, adultsOnly: entry.isForAdults)
        eligible.subtract(entry.spent)
        eligible.subtract(entry.tired)
        eligible.subtract(entry.kept)
        if plan.isOfNewcomers {
            eligible.formIntersection(audience?.shown ?? KeySet())
        } else if let audience {
            eligible.formIntersection(audience.current)
        }
        if entry.barred != nil {
            eligible = KeySet()
        } else if terms.budgets[campaign.id]?.hasReached(plan.policy.stopPublishing) ?? true {
            entry.barred = .stopPublishing
            eligible.formIntersection(try shownBefore(by: campaign.id, of: plan.retailer))
        }
        entry.eligible = eligible
    }

    /// Campaigns that nobody may be promised: they give nothing at today's prices, or their goods are of a category that was sold
    /// to another supplier.
    private func barred(
        _ goods: FieldGoods, _ field: [RunningCampaign], _ plan: RoundPlan
    ) throws -> [CampaignID: OfferVerdict] {
        let due = field.filter { plan.due.contains($0.id) }
        let untrue = try untruePromises(of: due, plan.policy, on: plan.today, at: plan.retailer)
        var barred = Dictionary(untrue.map { ($0, OfferVerdict.noBenefit) }) { first, _ in first }
        let owners = Dictionary(plan.policy.offers.exclusivities.map { ($0.category, $0.supplier) }) { first, _ in first }
        guard !owners.isEmpty else { return barred }
        let tree = try categoryTree(of: plan.retailer)
        for (campaign, goods) in zip(field, goods.own) {
            guard let supplier = campaign.supplier else { continue }
            let paths = Set(goods.compactMap(\.category)).flatMap { tree.path(from: $0) }
            if paths.contains(where: { owners[$0].map { $0 != supplier } ?? false }) { barred[campaign.id] = .exclusive }
        }
        return barred
    }
}

extension Contender {
    fileprivate init(_ campaign: RunningCampaign, _ goods: [ProductGoods]) {
        self.init(
            campaign: campaign.id, supplier: campaign.supplier, isSupplierFunded: campaign.shares.contains(where: \.isSuppliers),
            categories: Set(goods.compactMap(\.category)))
    }
}

extension RunningCampaign {
    /// The mean of its products' discounts at the prices that were recorded, in basis points.
    fileprivate var depthBp: Int32 {
        let depths = products.values.compactMap { $0.recordedBaseMinor.map { Int64(reward.depth(atBase: $0).value) } }
        guard !depths.isEmpty else { return reward.depth(atBase: 0).value }
        return Int32(depths.reduce(0, +) / Int64(depths.count))
    }

    /// What it gets for being behind its plan at the start of a day.
    fileprivate func pacing(by budget: CampaignBudget, on today: BusinessDay) -> Int32 {
        let first = LocalTime(clock: startsAtLocal).day.daysSince1970
        return PacingPoints.points(
            spentMinor: budget.budgetMinor - budget.availableMinor, budgetMinor: budget.budgetMinor,
            daysOver: today.daysSince1970 - first, days: lastDay.daysSince1970 - first + 1)
    }
}

import Campaigns
package import Kernel
import Parties
package import Postgres
import Profiles
import Tenancy

/// Keeps what is promised in step with what runs: grants each period's offers, takes them back where a campaign pauses,
/// ends or has no money left, and tells the retailer's endpoints of both. Each step is its own transaction and is judged
/// again in it, so any number of nodes may run it.
package struct OfferClock: Sendable {
    private let database: Database
    private let world: OutsideWorld
    private let prices = PriceWatch()

    package init(_ database: Database, _ world: OutsideWorld) {
        self.database = database
        self.world = world
    }

    /// All retailers, at a moment. Returns the number of steps taken.
    @discardableResult
    package func advance(_ now: Instant) async throws -> Int {
        var steps = 0
        try await database.forEachRetailer { steps += try await advance($0, at: now) }
        return steps
    }

    /// One retailer's campaigns, until nothing is due. What is taken back comes first: it waits for no decision.
    @discardableResult
    package func advance(_ retailer: RetailerID, at now: Instant) async throws -> Int {
        let world = self.world.by { now }
        var (steps, looksAtPrices) = (0, prices.isDue(retailer, at: now))
        while true {
            let due = try await database.read(as: .retailer(retailer)) { [looksAtPrices] tx in
                try tx.dueOffers(of: retailer, at: now, lookingAtPrices: looksAtPrices)
            }
            looksAtPrices = false
            var taken = 0
            for command in due.steps {
                let isDone = try await database.transaction(as: .retailer(retailer)) { tx in
                    try command.run(in: tx, in: world)
                }
                if isDone { taken += 1 }
            }
            for command in due.decisions {
                let isDone = try await database.transaction(as: .retailer(retailer)) { tx in
                    try command.run(in: tx, in: world)
                }
                if isDone { taken += 1 }
            }
            steps += taken
            if taken == 0 { return steps }
        }
    }
}

/// What is to be done about a retailer's offers now.
private struct DueOffers: Sendable {
    /// At most one for each campaign.
    var steps: [PublishOffers] = []
    /// At most one for each period.
    var decisions: [DecidePeriod] = []
}

extension Transaction {
    fileprivate func dueOffers(
        of retailer: RetailerID, at now: Instant, lookingAtPrices: Bool
    ) throws -> DueOffers {
        let running = try runningCampaigns(of: retailer)
        guard !running.isEmpty else { return DueOffers() }
        let policy = try policy(of: retailer)
        let today = try profileMoment(of: retailer, at: now).today
        let campaigns = running.map { $0.asOf(today) }
        let period = GrantPeriod(policy.offerPeriod, containing: today)
        let grants = Dictionary(grouping: try grantStates(of: retailer, since: period.startsOn), by: \.campaign)
        let budgets = try budgets(of: campaigns.map(\.id), at: retailer)
        let exhausted = try exhausted(of: campaigns, budgets, policy.exhaustedShare, at: retailer)
        let closed = try closedToNewcomers(campaigns, budgets, policy, at: retailer)
        let stale = try staleAudiences(of: retailer, asOf: today.adding(days: -1))
        let untrue = lookingAtPrices ? try untruePromises(of: campaigns, policy, on: today, at: retailer) : []
        var (due, undecided) = (DueOffers(), [GrantPeriod: [RunningCampaign]]())
        for campaign in campaigns {
            let step = OfferStep(
                for: campaign, grants: grants[campaign.id] ?? [], period: period, on: today,
                isExhausted: exhausted.contains(campaign.id), isUntrue: untrue.contains(campaign.id))
            switch step {
            case nil: continue
            case .grant(let period): if !closed.contains(campaign.id) { undecided[period, default: []].append(campaign) }
            case .some(let step):
                due.steps.append(
                    PublishOffers(retailer: retailer, campaign: campaign, step: step, policy: policy, today: today))
            }
        }
        if !undecided.isEmpty, try isStarting(retailer, at: now) { undecided = [:] }
        due.decisions = undecided.sorted { $0.key.startsOn < $1.key.startsOn }.map { period, campaigns in
            DecidePeriod(
                retailer: retailer, campaigns: campaigns, period: period, policy: policy, today: today, live: stale)
        }
        let joined = campaigns.filter { campaign in
            stale.contains(campaign.id) && !exhausted.contains(campaign.id)
                && (grants[campaign.id] ?? []).contains { $0.isInForce(on: today) && $0.period.startsOn < today }
                && !(grants[campaign.id] ?? []).contains { $0.period.startsOn == today }
        }
        let byPeriod = Dictionary(grouping: joined) { period.from(today).through($0.lastDayOfVersion(on: today)) }
        due.decisions += byPeriod.sorted { $0.key.endsOn < $1.key.endsOn }.map { period, campaigns in
            DecidePeriod(
                retailer: retailer, campaigns: campaigns, period: period, policy: policy, today: today, live: stale,
                isOfNewcomers: true)
        }
        return due
    }

    /// Campaigns that were shown to nobody, and have so little money left that nobody new is.
    private func closedToNewcomers(
        _ campaigns: [RunningCampaign], _ budgets: [CampaignID: CampaignBudget], _ policy: Policy, at retailer: RetailerID
    ) throws -> Set<CampaignID> {
        let short = campaigns.map(\.id).filter { budgets[$0]?.hasReached(policy.stopPublishing) ?? true }
        guard !short.isEmpty else { return [] }
        let shown = try query(
            "SELECT DISTINCT campaign_id FROM offer_grant WHERE retailer_id = \(retailer) AND campaign_id = ANY (\(short))",
            { row in try row.next(CampaignID.self) })
        return Set(short).subtracting(shown)
    }

    /// Whether a campaign's time has come within the last minute and its clock has not moved it yet: those that begin together
    /// are decided together.
    private func isStarting(_ retailer: RetailerID, at now: Instant) throws -> Bool {
        try one(
            """
            SELECT EXISTS (
                SELECT FROM campaign
                JOIN retailer ON retailer.retailer_id = campaign.retailer_id
                WHERE campaign.retailer_id = \(retailer) AND campaign.state = 'scheduled'
                    AND campaign.starts_at BETWEEN (\(now) AT TIME ZONE retailer.zone) - interval '1 minute'
                        AND \(now) AT TIME ZONE retailer.zone
            )
            """, { row in try row.next() })
    }
}

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

    /// One retailer's campaigns, until nothing is due.
    @discardableResult
    package func advance(_ retailer: RetailerID, at now: Instant) async throws -> Int {
        let world = self.world.by { now }
        var steps = 0
        while true {
            let due = try await database.read(as: .retailer(retailer)) { tx in try tx.dueOffers(of: retailer, at: now) }
            var taken = 0
            for command in due {
                let done = try await database.transaction(as: .retailer(retailer)) { tx in
                    try command.run(in: tx, in: world)
                }
                if done { taken += 1 }
            }
            steps += taken
            if taken == 0 { return steps }
        }
    }
}

extension Transaction {
    /// At most one step for each campaign.
    fileprivate func dueOffers(of retailer: RetailerID, at now: Instant) throws -> [PublishOffers] {
        let running = try runningCampaigns(of: retailer)
        guard !running.isEmpty else { return [] }
        let policy = try policy(of: retailer)
        let today = try profileMoment(of: retailer, at: now).today
        let campaigns = running.map { $0.asOf(today) }
        let period = GrantPeriod(policy.offerPeriod, containing: today)
        let grants = Dictionary(grouping: try grantStates(of: retailer, since: period.startsOn), by: \.campaign)
        let budgets = try budgets(of: campaigns.map(\.id), at: retailer)
        let exhausted = try exhausted(of: campaigns, budgets, at: retailer)
        return campaigns.compactMap { campaign in
            let budget = budgets[campaign.id]
            let step = OfferStep(
                for: campaign, grants: grants[campaign.id] ?? [], period: period, on: today,
                isExhausted: exhausted.contains(campaign.id))
            return step.map {
                PublishOffers(
                    retailer: retailer, campaign: campaign, step: $0, policy: policy, budget: budget, today: today)
            }
        }
    }
}

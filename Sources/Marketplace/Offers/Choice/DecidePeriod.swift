import Bitmaps
import Campaigns
import EventLog
import Kernel
import Parties
import Postgres
import Profiles
import Shoppers

/// Decides once for a period who is shown which offers: for all campaigns that are due together, and for all shoppers. What
/// was promised before keeps its slots. One node does it at a time; where it dies nothing stands, and it is done again.
///
/// It reads for as long as it takes, without a snapshot or a lock between two statements; then it locks the campaigns, looks
/// again whether they run, and writes.
struct DecidePeriod: Sendable {
    let retailer: RetailerID
    let campaigns: [RunningCampaign]
    let period: GrantPeriod
    let policy: Policy
    let today: BusinessDay
    /// Those of the campaigns that look at their live audience again first.
    var live: Set<CampaignID> = []
    /// The period is decided, and newcomers of live audiences take what is free of it.
    var isOfNewcomers = false

    /// True where something was decided.
    func run(in tx: borrowing Transaction, in world: OutsideWorld) throws -> Bool {
        guard try tx.claimDecisions(of: retailer) else { return false }
        let taken = try takenCampaigns(in: tx)
        let due = campaigns.map(\.id).filter { !taken.contains($0) }
        guard !due.isEmpty else { return false }
        try tx.prepareForProfiles()
        let audiences = try liveAudiences(of: due, in: tx, at: world.now())
        let sample = try tx.loggedShoppers(of: retailer)
        var plan = RoundPlan(retailer: retailer, period: period, today: today, policy: policy, due: Set(due), watched: sample)
        plan.live = audiences
        plan.isOfNewcomers = isOfNewcomers
        if isOfNewcomers { plan = plan.watchingNewcomers }
        let round = try tx.round(plan)
        let scorer = round.choice.isOpen ? nil : try tx.scorer(of: round)
        let granted = try RoundChoice(round: round).granted(by: scorer, in: tx)
        let log = try DecisionLog(round: round).entries(of: plan.watched, by: scorer, in: tx)
        return try write(granted, log, of: round, audiences, in: tx, world)
    }

    /// Campaigns of which the period is decided already: another node may have been first.
    private func takenCampaigns(in tx: borrowing Transaction) throws -> Set<CampaignID> {
        let grants = try tx.grantStates(of: retailer, since: period.startsOn)
        return Set(grants.filter { isOfNewcomers ? $0.period.startsOn == today : $0.period.contains(today) }.map(\.campaign))
    }

    private func liveAudiences(
        of due: [CampaignID], in tx: borrowing Transaction, at now: Instant
    ) throws -> [CampaignID: LiveAudience] {
        let moment = try tx.profileMoment(of: retailer, at: now)
        return try due.filter(live.contains).reduce(into: [:]) { $0[$1] = try tx.liveAudience(of: $1, on: moment) }
    }

    private func write(
        _ granted: [KeySet], _ log: [DecisionLog.Entry], of round: DecisionRound,
        _ audiences: [CampaignID: LiveAudience], in tx: borrowing Transaction, _ world: OutsideWorld
    ) throws -> Bool {
        let now = world.now()
        let running = Dictionary(campaigns.map { ($0.id, $0) }) { first, _ in first }
        let standing = try tx.shareStates(of: round.due.map { round.campaigns[$0].contender.campaign }, at: retailer)
        try tx.holdOffErasures(of: retailer)
        let erased = try tx.erasedShoppers(of: retailer)
        let withoutPush = try tx.shoppersWithoutPush(of: retailer)
        var decided = 0
        for place in round.due {
            let id = round.campaigns[place].contender.campaign
            guard let campaign = running[id], let stands = standing[id], stands.state == .running,
                stands.version == campaign.lastVersion
            else { continue }
            if let audience = audiences[id] {
                try tx.admit(audience, to: id, asOf: round.asOf, without: erased, at: retailer)
                decided += 1
            }
            try tx.assign(round.campaigns[place].freshlyAssigned.map { $0.without(erased) }, of: id, at: retailer)
            for (depth, members) in round.campaigns[place].grants(to: granted[place].subtracting(erased)) {
                guard !isOfNewcomers || !members.isEmpty else { continue }
                let isFirst = try tx.insertGrant(
                    of: campaign, for: period, atDepth: depth, members: members, pushed: members.subtracting(withoutPush),
                    at: now, retailer: retailer)
                if isFirst { decided += 1 }
            }
        }
        try tx.log(log.filter { !erased.contains($0.shopper) }, of: round, at: now)
        return decided > 0
    }
}

extension Transaction {
    /// One decision at a time for a retailer, on all nodes: false where another is under way. It ends with the transaction,
    /// and takes no row's lock.
    fileprivate func claimDecisions(of retailer: RetailerID) throws -> Bool {
        let name = "offer decisions \(retailer)"
        return try one("SELECT pg_try_advisory_xact_lock(hashtextextended(\(name), 0))") { row in try row.next(Bool.self) }
    }

    /// The states of campaigns and their last versions, kept as they are until this transaction ends.
    fileprivate func shareStates(
        of campaigns: [CampaignID], at retailer: RetailerID
    ) throws -> [CampaignID: (state: CampaignState, version: Int64)] {
        let found = try query(
            """
            SELECT campaign_id, state, version
            FROM campaign
            WHERE retailer_id = \(retailer) AND campaign_id = ANY (\(campaigns))
            ORDER BY campaign_id
            FOR SHARE
            """
        ) { row in
            (try row.next(CampaignID.self), (state: try row.next(CampaignState.self), version: try row.next(Int64.self)))
        }
        return Dictionary(found) { first, _ in first }
    }

    fileprivate func erasedShoppers(of retailer: RetailerID) throws -> KeySet {
        KeySet(
            try query(
                "SELECT shopper_key FROM shopper WHERE retailer_id = \(retailer) AND erased_at IS NOT NULL",
                { row in UInt32(try row.next(Int64.self)) }))
    }
}

import Bitmaps
import Campaigns
import EventLog
import Kernel
import Parties
import Postgres
import Shoppers

/// One step of one campaign's offers that are decided, judged again under a lock on its state. True where something was done.
struct PublishOffers: Sendable {
    /// Shoppers of whom one transaction tells: the log's head is held for the append of some ten messages.
    static let shoppersOfTransactionMax = 10_000

    let retailer: RetailerID
    let campaign: RunningCampaign
    let step: OfferStep
    let policy: Policy
    let today: BusinessDay

    func run(in tx: borrowing Transaction, in world: OutsideWorld) throws -> Bool {
        guard let stands = try tx.shareCampaignState(campaign.id, of: retailer), stands.state == campaign.state,
            stands.version == campaign.lastVersion
        else { return false }
        switch step {
        case .withdraw(let reason): return try withdraw(reason, in: tx, world)
        case .restore: return try tx.restoreGrants(of: campaign.id, from: today, at: retailer) > 0
        case .grant: preconditionFailure("a period is decided for all of its campaigns together")
        case .tell(let period, let depth): return try tell(period, atDepth: depth, in: tx, world)
        }
    }

    private func withdraw(_ reason: WithdrawalReason, in tx: borrowing Transaction, _ world: OutsideWorld) throws -> Bool {
        let now = world.now()
        let found = try tx.withdrawGrants(of: campaign.id, from: today, because: reason, at: now, retailer: retailer)
        guard let found else { return false }
        try tx.append(
            .offersWithdrawn(campaign.id, version: found.version, found.period, because: reason, at: now), to: retailer,
            in: world)
        return true
    }

    /// The next messages of a grant. What was told is kept beside it, so that a crash repeats and skips nothing.
    private func tell(
        _ period: GrantPeriod, atDepth depth: Int32, in tx: borrowing Transaction, _ world: OutsideWorld
    ) throws -> Bool {
        guard
            let grant = try tx.lockUntoldGrant(
                of: campaign.id, startingOn: period.startsOn, atDepth: depth, at: retailer)
        else { return false }
        let left =
            grant.toldThrough >= Int64(UInt32.max)
            ? [] : grant.pushed.slice(UInt32(grant.toldThrough + 1)...UInt32.max).sorted
        let batch = Array(left.prefix(Self.shoppersOfTransactionMax))
        let content = try grant.content ?? freezeContent(for: grant.period, atDepth: depth, in: tx, world)
        try tx.markTold(
            campaign.id, startingOn: period.startsOn, atDepth: depth, of: content,
            through: batch.last.map(Int64.init) ?? grant.toldThrough, isAll: batch.count == left.count, at: retailer)
        let counted = try tx.countedLimits(of: campaign.id, among: batch, at: retailer)
        let messages = MessageBatches.cut(
            batch, bytes: try tx.idBytes(of: batch, at: retailer), content: try tx.contentBytes(content, of: retailer))
        let events = messages.map { keys in
            PublishedReference(
                campaign: campaign.id, version: grant.version, period: grant.period, depthBP: depth, firstKey: keys[0],
                lastKey: keys[keys.count - 1], shoppers: keys.count, content: content,
                unitsLeft: UnitsLeft(campaign.limits, counted: counted, among: keys, on: today)
            ).event
        }
        try tx.append(events, to: retailer, ids: events.map { _ in world.newID() }, at: world.now())
        return true
    }

    private func freezeContent(
        for period: GrantPeriod, atDepth depth: Int32, in tx: borrowing Transaction, _ world: OutsideWorld
    ) throws -> OfferContentID {
        let (id, now): (OfferContentID, Instant) = (world.newID(), world.now())
        let content = try tx.messageContent(of: campaign.atDepth(depth), for: period, policy, at: now, retailer: retailer)
        try tx.insertContent(id, content, of: campaign.id, at: now, retailer: retailer)
        return id
    }
}

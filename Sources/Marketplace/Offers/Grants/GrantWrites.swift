import Bitmaps
import Campaigns
import Kernel
import Postgres

extension Transaction {
    /// True where the period was not decided before: another node may have been first.
    func insertGrant(
        of campaign: RunningCampaign, for period: GrantPeriod, atDepth depth: Int32, members: KeySet, pushed: KeySet,
        at now: Instant, retailer: RetailerID
    ) throws -> Bool {
        try execute(
            """
            INSERT INTO offer_grant (
                retailer_id, campaign_id, period_starts_on, depth_bp, period_ends_on, campaign_version, members, pushed,
                counted, source, state, is_told, granted_at
            )
            VALUES (
                \(retailer), \(campaign.id), \(period.startsOn), \(depth), \(period.endsOn), \(campaign.version),
                \(Bytes(members.portableBytes)), \(Bytes(pushed.portableBytes)), \(members.count), 'ranking', 'in_force',
                \(pushed.isEmpty), \(now)
            )
            ON CONFLICT (retailer_id, campaign_id, period_starts_on, depth_bp) DO NOTHING
            """) == 1
    }

    /// A grant of which the endpoints are still to be told, locked.
    func lockUntoldGrant(
        of campaign: CampaignID, startingOn day: BusinessDay, atDepth depth: Int32, at retailer: RetailerID
    ) throws -> UntoldGrant? {
        try execute(
            """
            SELECT FROM offer_grant
            WHERE retailer_id = \(retailer) AND campaign_id = \(campaign) AND period_starts_on = \(day) AND depth_bp = \(depth)
            FOR UPDATE
            """)
        return try first(
            """
            SELECT period_starts_on, period_ends_on, campaign_version, pushed, told_through, content_id
            FROM offer_grant
            WHERE retailer_id = \(retailer) AND campaign_id = \(campaign) AND period_starts_on = \(day) AND depth_bp = \(depth)
                AND state = 'in_force' AND NOT is_told
            """
        ) { row in
            UntoldGrant(
                period: GrantPeriod(startsOn: try row.next(), endsOn: try row.next()), version: try row.next(),
                pushed: try KeySet(portable: try row.next(Bytes.self).array), toldThrough: try row.next(),
                content: try row.nextOptional())
        }
    }

    func markTold(
        _ campaign: CampaignID, startingOn day: BusinessDay, atDepth depth: Int32, of content: OfferContentID,
        through key: Int64, isAll: Bool, at retailer: RetailerID
    ) throws {
        try execute(
            """
            UPDATE offer_grant
            SET content_id = \(content), told_through = \(key), is_told = \(isAll)
            WHERE retailer_id = \(retailer) AND campaign_id = \(campaign) AND period_starts_on = \(day) AND depth_bp = \(depth)
            """)
    }

    /// Takes back what is in force; the last of its periods, nil where there was nothing.
    func withdrawGrants(
        of campaign: CampaignID, from day: BusinessDay, because reason: WithdrawalReason, at now: Instant,
        retailer: RetailerID
    ) throws -> (period: GrantPeriod, version: Int64)? {
        try query(
            """
            UPDATE offer_grant
            SET state = 'withdrawn', withdrawn_at = \(now), withdrawn_reason = \(reason.rawValue)
            WHERE retailer_id = \(retailer) AND campaign_id = \(campaign) AND period_ends_on >= \(day)
                AND state = 'in_force'
            RETURNING period_starts_on, period_ends_on, campaign_version
            """
        ) { row in
            (period: GrantPeriod(startsOn: try row.next(), endsOn: try row.next()), version: try row.next(Int64.self))
        }.max { $0.period.startsOn < $1.period.startsOn }
    }

    /// Puts in force again what a pause or an empty budget took back. Its shoppers are told again.
    func restoreGrants(of campaign: CampaignID, from day: BusinessDay, at retailer: RetailerID) throws -> Int {
        try execute(
            """
            UPDATE offer_grant
            SET state = 'in_force', withdrawn_at = NULL, withdrawn_reason = NULL, content_id = NULL, told_through = 0,
                is_told = (counted = 0)
            WHERE retailer_id = \(retailer) AND campaign_id = \(campaign) AND period_ends_on >= \(day)
                AND state = 'withdrawn' AND withdrawn_reason = ANY (\(WithdrawalReason.passing))
            """)
    }
}

/// What the endpoints have not heard of yet.
struct UntoldGrant: Sendable {
    let period: GrantPeriod
    let version: Int64
    /// Those of the grant's members to whom something may be pushed.
    let pushed: KeySet
    /// Events name all up to this key.
    let toldThrough: Int64
    /// What the events so far say of the offer.
    let content: OfferContentID?
}

import Campaigns
import Kernel
import Parties
import Postgres
import Shoppers

/// One look of a shopper at a campaign's offer, or one click.
struct OfferLookedAt: Sendable, Hashable {
    let kind: OfferEvent.Kind
    let campaign: CampaignID
    let shopper: ShopperKey
    let at: Instant
}

/// An event that counts.
struct CountedEvent: Sendable, Hashable {
    let kind: OfferEvent.Kind
    let campaign: CampaignID
    let at: Instant
    /// The shopper sees the campaign's offer for the first time.
    let isFirst: Bool
}

/// What is known of a shopper's looks at a campaign's offer.
private struct Attention {
    struct Key: Hashable, Comparable {
        let campaign: CampaignID
        let shopper: ShopperKey

        static func < (one: Key, other: Key) -> Bool { (one.campaign, one.shopper) < (other.campaign, other.shopper) }
    }

    let key: Key
    var impressions: Int64
    var clicks: Int64
    var seenAt: Instant?
    var clickedAt: Instant?

    /// Whether it counts: what is not later than the last is a repetition.
    mutating func take(_ look: OfferLookedAt) -> CountedEvent? {
        let isClick = look.kind == .click
        if let last = isClick ? clickedAt : seenAt, look.at <= last { return nil }
        let isFirst = !isClick && impressions == 0
        if isClick {
            (clicks, clickedAt) = (clicks + 1, look.at)
        } else {
            (impressions, seenAt) = (impressions + 1, look.at)
        }
        return CountedEvent(kind: look.kind, campaign: look.campaign, at: look.at, isFirst: isFirst)
    }
}

extension Transaction {
    /// Counts looks and tells which of them were new. Locks what is known of their shoppers and campaigns.
    func countLooks(_ looks: [OfferLookedAt], at retailer: RetailerID) throws -> [CountedEvent] {
        guard !looks.isEmpty else { return [] }
        let keys = Set(looks.map { Attention.Key(campaign: $0.campaign, shopper: $0.shopper) }).sorted()
        var known = Dictionary(try attention(for: keys, at: retailer).map { ($0.key, $0) }) { first, _ in first }
        var counted: [CountedEvent] = []
        var changed: Set<Attention.Key> = []
        for look in looks.sorted(by: { $0.at < $1.at }) {
            let key = Attention.Key(campaign: look.campaign, shopper: look.shopper)
            guard let event = known[key]?.take(look) else { continue }
            counted.append(event)
            changed.insert(key)
        }
        try update(changed.sorted().compactMap { known[$0] }, at: retailer)
        return counted
    }

    /// What is known, locked; a row is made where nothing is. Index: the primary key.
    private func attention(for keys: [Attention.Key], at retailer: RetailerID) throws -> [Attention] {
        let (campaigns, shoppers) = (keys.map(\.campaign), keys.map(\.shopper))
        try execute(
            """
            INSERT INTO offer_attention (retailer_id, campaign_id, shopper_key)
            SELECT \(retailer), given.campaign_id, given.shopper_key
            FROM unnest(\(campaigns), \(shoppers)) AS given (campaign_id, shopper_key)
            ON CONFLICT (retailer_id, campaign_id, shopper_key) DO NOTHING
            """)
        return try query(
            """
            SELECT known.campaign_id, known.shopper_key, known.impressions, known.clicks, known.seen_at, known.clicked_at
            FROM unnest(\(campaigns), \(shoppers)) WITH ORDINALITY AS given (campaign_id, shopper_key, place)
            JOIN offer_attention AS known ON known.retailer_id = \(retailer) AND known.campaign_id = given.campaign_id
                AND known.shopper_key = given.shopper_key
            ORDER BY given.place
            FOR UPDATE OF known
            """
        ) { row in
            Attention(
                key: Attention.Key(campaign: try row.next(), shopper: try row.next()), impressions: try row.next(),
                clicks: try row.next(), seenAt: try row.nextOptional(), clickedAt: try row.nextOptional())
        }
    }

    private func update(_ attention: [Attention], at retailer: RetailerID) throws {
        guard !attention.isEmpty else { return }
        try execute(
            """
            UPDATE offer_attention AS known
            SET impressions = given.impressions, clicks = given.clicks, seen_at = given.seen_at, clicked_at = given.clicked_at
            FROM unnest(
                \(attention.map(\.key.campaign)), \(attention.map(\.key.shopper)), \(attention.map(\.impressions)),
                \(attention.map(\.clicks)), \(attention.map(\.seenAt)), \(attention.map(\.clickedAt))
            ) AS given (campaign_id, shopper_key, impressions, clicks, seen_at, clicked_at)
            WHERE known.retailer_id = \(retailer) AND known.campaign_id = given.campaign_id
                AND known.shopper_key = given.shopper_key
            """)
    }

    /// Rows of a campaign's day, as the table bounds them.
    private static var reachSlots: Int64 { 16 }

    /// Adds to the days of campaigns, by the retailer's clock. A day has several rows, so that batches of one campaign do not wait for
    /// each other; `turn` says which.
    func addReach(_ events: [CountedEvent], turn: Int64, of retailer: RetailerID) throws {
        guard !events.isEmpty else { return }
        try execute(
            """
            INSERT INTO offer_reach (retailer_id, campaign_id, business_day, slot, impressions, clicks, activations, shoppers)
            SELECT \(retailer), counted.campaign_id, counted.business_day, \(Int32(turn % Self.reachSlots)), count(*) FILTER (WHERE counted.kind = 'impression'),
                count(*) FILTER (WHERE counted.kind = 'click'), count(*) FILTER (WHERE counted.kind = 'activation'),
                count(*) FILTER (WHERE counted.is_first)
            FROM (
                SELECT given.campaign_id, given.kind, given.is_first,
                    ((given.at AT TIME ZONE retailer.zone) - make_interval(mins => policy.day_starts_at_minutes))::date
                        AS business_day
                FROM unnest(
                    \(events.map(\.campaign)), \(events.map(\.kind.rawValue)), \(events.map(\.at)), \(events.map(\.isFirst))
                ) AS given (campaign_id, kind, at, is_first)
                JOIN retailer ON retailer.retailer_id = \(retailer)
                JOIN policy ON policy.retailer_id = \(retailer)
            ) AS counted
            GROUP BY counted.campaign_id, counted.business_day
            ORDER BY counted.campaign_id, counted.business_day
            ON CONFLICT (retailer_id, campaign_id, business_day, slot) DO UPDATE
            SET impressions = offer_reach.impressions + EXCLUDED.impressions,
                clicks = offer_reach.clicks + EXCLUDED.clicks,
                activations = offer_reach.activations + EXCLUDED.activations,
                shoppers = offer_reach.shoppers + EXCLUDED.shoppers
            """)
    }

    /// Those of these campaigns of which something may still be told: launched, and not closed for longer than events are old.
    func tellable(among ids: [CampaignID], at now: Instant, of retailer: RetailerID) throws -> Set<CampaignID> {
        let closed = now.adding(seconds: -RecordOfferEvents.daysMax * 86_400)
        return Set(
            try query(
                """
                SELECT campaign_id
                FROM campaign
                WHERE retailer_id = \(retailer) AND campaign_id = ANY (\(ids)) AND launched_at IS NOT NULL
                    AND (closed_at IS NULL OR closed_at > \(closed))
                """, { row in try row.next() }))
    }

    /// Who has seen a campaign's offer so often, never used it, and has not activated it either. Indexes: the primary keys;
    /// `redemption_by_campaign`.
    func wornOut(of campaign: CampaignID, after impressions: Int32, at retailer: RetailerID) throws -> [UInt32] {
        try query(
            """
            SELECT seen.shopper_key
            FROM offer_attention AS seen
            WHERE seen.retailer_id = \(retailer) AND seen.campaign_id = \(campaign) AND seen.impressions >= \(impressions)
                AND seen.shopper_key NOT IN (
                    SELECT shopper_key
                    FROM redemption
                    WHERE retailer_id = \(retailer) AND campaign_id = \(campaign) AND funded_amount > 0
                        AND shopper_key IS NOT NULL
                )
                AND NOT EXISTS (
                    SELECT FROM offer_activation AS wanted
                    WHERE wanted.retailer_id = \(retailer) AND wanted.campaign_id = \(campaign)
                        AND wanted.shopper_key = seen.shopper_key
                )
            """, { row in UInt32(try row.next(Int64.self)) })
    }
}

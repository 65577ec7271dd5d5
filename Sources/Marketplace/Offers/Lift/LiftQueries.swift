import Bitmaps
import Campaigns
import Kernel
import Postgres
import Profiles
import Shoppers

extension Transaction {
    /// What a campaign brought up to the last closed day. Of one that never ran, nothing.
    func lift(of campaign: Campaign, on moment: ProfileMoment) throws -> CampaignLift {
        let days = try daysOfRunning(campaign, on: moment)
        let versions = try versionsInForce(of: campaign, days)
        let followed = LiftKeys(merged: try mergedShoppers(of: moment.retailer), others: try noPersons(of: moment.retailer))
        let total = followed.group(try everAssigned(to: campaign, in: versions))
        var lift = CampaignLift(
            campaign: campaign.id, from: days.from, through: days.through, total: total,
            byDepth: followed.groups(try assignedDepths(of: campaign.id, at: campaign.retailer), within: total))
        guard !versions.isEmpty, !total.shown.isEmpty || !total.holdout.isEmpty else { return lift }
        let products = try products(of: campaign, in: versions)
        try prepareForProfiles()
        try eachOutcome(
            of: products, PurchaseFacts(moment, from: days.from, through: days.through, boundingReturns: true)
        ) { key, own, all in
            lift.add(key, products: own, categories: all)
        }
        return lift
    }

    /// From its first day, or the day of a late launch, to its last, the day on which it was stopped, or the last closed one.
    private func daysOfRunning(
        _ campaign: Campaign, on moment: ProfileMoment
    ) throws -> (from: BusinessDay, through: BusinessDay) {
        let first = campaign.terms.firstDay
        guard let launchedAt = campaign.launchedAt, campaign.state != .cancelled, campaign.state != .scheduled else {
            return (first, first.adding(days: -1))
        }
        let launched = try profileMoment(of: campaign.retailer, at: launchedAt).today
        let ended = try campaign.endedAt.map { try profileMoment(of: campaign.retailer, at: $0).today }
        return (max(first, launched), min(moment.asOf, campaign.terms.lastDay, ended ?? campaign.terms.lastDay))
    }

    /// Those that were in force on some of these days, by number.
    private func versionsInForce(
        of campaign: Campaign, _ days: (from: BusinessDay, through: BusinessDay)
    ) throws -> [Int64] {
        guard days.from <= days.through else { return [] }
        let found = try query(
            """
            SELECT content.version, content.in_force_from
            FROM campaign
            JOIN campaign_version AS content ON content.retailer_id = \(campaign.retailer)
                AND content.campaign_id = campaign.campaign_id
                AND content.version BETWEEN COALESCE(campaign.launched_version, campaign.version) AND campaign.version
            WHERE campaign.retailer_id = \(campaign.retailer) AND campaign.campaign_id = \(campaign.id)
            ORDER BY content.version
            """, { row in (version: try row.next(Int64.self), from: try row.nextOptional(BusinessDay.self)) })
        return found.indices.filter { index in
            let first = max(found[index].from ?? days.from, days.from)
            let next = index + 1 < found.count ? found[index + 1].from : nil
            return first <= days.through && next.map { first < $0 } ?? true
        }.map { found[$0].version }
    }

    private func everAssigned(
        to campaign: Campaign, in versions: [Int64]
    ) throws -> (shown: KeySet, holdout: KeySet) {
        let sets = try query(
            """
            SELECT shown, holdout
            FROM campaign_members
            WHERE retailer_id = \(campaign.retailer) AND campaign_id = \(campaign.id) AND version = ANY (\(versions))
            """
        ) { row in
            (
                shown: try KeySet(portable: try row.next(Bytes.self).array),
                holdout: try KeySet(portable: try row.next(Bytes.self).array)
            )
        }
        return sets.reduce((shown: KeySet(), holdout: KeySet())) { all, one in
            (shown: all.shown.union(one.shown), holdout: all.holdout.union(one.holdout))
        }
    }

    private func products(of campaign: Campaign, in versions: [Int64]) throws -> [Int32] {
        try query(
            """
            SELECT DISTINCT product_ordinal
            FROM campaign_product
            WHERE retailer_id = \(campaign.retailer) AND campaign_id = \(campaign.id) AND version = ANY (\(versions))
            ORDER BY product_ordinal
            """, { row in try row.next() })
    }

    /// Employees, businesses, shared and test cards (DOMAIN 9). Who said no to personal offers since stays: it may follow from them.
    private func noPersons(of retailer: RetailerID) throws -> KeySet {
        KeySet(
            try query(
                "SELECT shopper_key FROM shopper WHERE retailer_id = \(retailer) AND kind <> 'person'",
                { row in UInt32(try row.next(Int64.self)) }))
    }

    /// Keys that became another one.
    private func mergedShoppers(of retailer: RetailerID) throws -> [(key: UInt32, into: UInt32)] {
        try query(
            """
            SELECT shopper_key, merged_into
            FROM shopper
            WHERE retailer_id = \(retailer) AND merged_into IS NOT NULL
            ORDER BY shopper_key
            """,
            { row in (key: UInt32(try row.next(Int64.self)), into: UInt32(try row.next(Int64.self))) })
    }

    /// Each shopper who bought of the products or of their lowest categories: net units and money of both. Weighed goods count a
    /// unit a line; a line without a price has no money. What came back without its
    /// sale being known is taken off on its own day, never below 0. One read of the receipts of these days.
    private func eachOutcome(
        of products: [Int32], _ facts: PurchaseFacts, _ body: (UInt32, LiftOutcome, LiftOutcome) -> Void
    ) throws {
        let wanted = try query(
            """
            SELECT ordinal, unit = 'piece', ordinal = ANY (\(products))
            FROM product
            WHERE retailer_id = \(facts.moment.retailer) AND (
                ordinal = ANY (\(products)) OR category_id IN (
                    SELECT category_id FROM product WHERE retailer_id = \(facts.moment.retailer) AND ordinal = ANY (\(products))
                )
            )
            """
        ) { row in (ordinal: try row.next(Int32.self), isPiece: try row.next(Bool.self), isOwn: try row.next(Bool.self)) }
        let ordinals = wanted.map(\.ordinal)
        _ = try query(
            """
            WITH \(fragment: facts.ticket), \(fragment: facts.returned), wanted AS (
                SELECT ordinal, is_piece = 1 AS is_piece, is_own = 1 AS is_own
                FROM unnest(
                    \(ordinals), \(wanted.map { $0.isPiece ? 1 : 0 as Int32 }), \(wanted.map { $0.isOwn ? 1 : 0 as Int32 })
                ) AS given (ordinal, is_piece, is_own)
            )
            SELECT kept.shopper_key, GREATEST(COALESCE(sum(kept.units) FILTER (WHERE kept.is_own), 0), 0)::bigint,
                LEAST(GREATEST(COALESCE(sum(kept.money) FILTER (WHERE kept.is_own), 0), 0), \(Int64.max))::bigint,
                GREATEST(sum(kept.units), 0)::bigint,
                LEAST(GREATEST(COALESCE(sum(kept.money), 0), 0), \(Int64.max))::bigint
            FROM (
                SELECT visit.shopper_key, wanted.is_own,
                    CASE
                        WHEN wanted.is_piece THEN (line.quantity_milli - COALESCE(returned.quantity_milli, 0) + 999) / 1000
                        ELSE 1
                    END AS units,
                    GREATEST(line.paid_amount - COALESCE(returned.amount, 0), 0) AS money
                FROM ticket AS visit
                CROSS JOIN LATERAL unnest(visit.line_no, visit.product_ordinal, visit.quantity_milli, visit.paid_amount)
                    AS line (line_no, product_ordinal, quantity_milli, paid_amount)
                JOIN wanted ON wanted.ordinal = line.product_ordinal
                LEFT JOIN returned ON returned.business_day = visit.business_day
                    AND returned.store_ordinal = visit.store_ordinal AND returned.till = visit.till
                    AND returned.shift = visit.shift AND returned.number = visit.number AND returned.line_no = line.line_no
                WHERE visit.product_ordinal && \(ordinals)
                    AND COALESCE(returned.quantity_milli < line.quantity_milli, true)
                UNION ALL
                SELECT line.shopper_key, wanted.is_own,
                    -CASE WHEN wanted.is_piece THEN (line.quantity_milli + 999) / 1000 ELSE 1 END, -line.amount
                FROM return_line AS line
                JOIN wanted ON wanted.ordinal = line.product_ordinal
                LEFT JOIN receipt AS document ON document.retailer_id = \(facts.moment.retailer)
                    AND document.business_day = line.business_day AND document.store_ordinal = line.store_ordinal
                    AND document.till = line.till AND document.shift = line.shift AND document.number = line.number
                WHERE line.retailer_id = \(facts.moment.retailer) AND line.original_line_no IS NULL
                    AND line.shopper_key IS NOT NULL AND document.voided_at IS NULL
                    AND line.business_day BETWEEN \(facts.first) AND \(facts.last)
            ) AS kept
            GROUP BY kept.shopper_key
            """
        ) { row in
            body(
                UInt32(try row.next(Int64.self)), LiftOutcome(units: try row.next(), spendMinor: try row.next()),
                LiftOutcome(units: try row.next(), spendMinor: try row.next()))
        }
    }
}

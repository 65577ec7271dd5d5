import Bitmaps
import Campaigns
import Kernel
import Postgres
import Profiles
import Shoppers

extension Transaction {
    /// What a campaign brought up to the last closed day.
    func lift(of campaign: Campaign, on moment: ProfileMoment) throws -> CampaignLift {
        let merged = try mergedShoppers(of: moment.retailer)
        let assigned = try everAssigned(to: campaign)
        let total = LiftGroup(assigned, following: merged)
        let depths = try assignedDepths(of: campaign.id, at: campaign.retailer).map { part in
            (depthBP: part.depthBP, group: LiftGroup((shown: part.shown, holdout: part.holdout), following: merged))
        }
        var lift = CampaignLift(
            campaign: campaign.id, from: campaign.terms.firstDay, through: min(moment.asOf, campaign.terms.lastDay),
            total: total, byDepth: depths)
        guard lift.from <= lift.through, !total.shown.isEmpty || !total.holdout.isEmpty else { return lift }
        let products = try productsEverOf(campaign)
        try prepareForProfiles()
        try eachOutcome(of: products, PurchaseFacts(moment, from: lift.from, through: lift.through)) { key, own, all in
            lift.add(key, products: own, categories: all)
        }
        return lift
    }

    /// Of all versions that were in force.
    private func everAssigned(to campaign: Campaign) throws -> (shown: KeySet, holdout: KeySet) {
        let sets = try query(
            """
            SELECT members.shown, members.holdout
            FROM campaign
            JOIN campaign_members AS members ON members.retailer_id = \(campaign.retailer)
                AND members.campaign_id = campaign.campaign_id
                AND members.version BETWEEN COALESCE(campaign.launched_version, campaign.version) AND campaign.version
            WHERE campaign.retailer_id = \(campaign.retailer) AND campaign.campaign_id = \(campaign.id)
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

    private func productsEverOf(_ campaign: Campaign) throws -> [Int32] {
        try query(
            """
            SELECT DISTINCT product.product_ordinal
            FROM campaign
            JOIN campaign_product AS product ON product.retailer_id = \(campaign.retailer)
                AND product.campaign_id = campaign.campaign_id
                AND product.version BETWEEN COALESCE(campaign.launched_version, campaign.version) AND campaign.version
            WHERE campaign.retailer_id = \(campaign.retailer) AND campaign.campaign_id = \(campaign.id)
            ORDER BY product.product_ordinal
            """, { row in try row.next() })
    }

    /// Keys that became another one.
    private func mergedShoppers(of retailer: RetailerID) throws -> [(key: UInt32, into: UInt32)] {
        try query(
            "SELECT shopper_key, merged_into FROM shopper WHERE retailer_id = \(retailer) AND merged_into IS NOT NULL ORDER BY shopper_key",
            { row in (key: UInt32(try row.next(Int64.self)), into: UInt32(try row.next(Int64.self))) })
    }

    /// Each shopper who bought of the products or of their lowest categories: net units and money of both. Weighed goods count a
    /// unit a line; a line without a price has no money. One read of the receipts of these days.
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
            SELECT kept.shopper_key, COALESCE(sum(kept.units) FILTER (WHERE kept.is_own), 0)::bigint,
                COALESCE(sum(kept.money) FILTER (WHERE kept.is_own), 0)::bigint, sum(kept.units)::bigint,
                COALESCE(sum(kept.money), 0)::bigint
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

extension LiftGroup {
    /// Whoever was held out under either of two keys that were merged counts as held out, as offers have it.
    fileprivate init(_ assigned: (shown: KeySet, holdout: KeySet), following merged: [(key: UInt32, into: UInt32)]) {
        var (shown, holdout) = assigned
        for (key, into) in merged {
            if holdout.contains(key) { holdout.insert(into) }
            if shown.contains(key) { shown.insert(into) }
            shown.remove(key)
            holdout.remove(key)
        }
        self.init(shown: shown.subtracting(holdout), holdout: holdout)
    }
}

import Kernel
package import Postgres
package import Shoppers

/// What becomes of what apps told when its shopper is erased or merged: it goes, or is added up. Days of campaigns stay as they
/// were counted.
package enum OffersToldOfShopper {
    @Sendable package static func erase(_ tx: borrowing Transaction, _ erasure: ShopperConsequences.Erasure) throws {
        try tx.pipeline([
            "DELETE FROM offer_activation WHERE retailer_id = \(erasure.retailer) AND shopper_key = ANY (\(erasure.keys))",
            "DELETE FROM offer_attention WHERE retailer_id = \(erasure.retailer) AND shopper_key = ANY (\(erasure.keys))",
        ])
    }

    /// What either has activated both have.
    @Sendable package static func merge(_ tx: borrowing Transaction, _ merge: ShopperConsequences.Merge) throws {
        let (retailer, gone, kept) = (merge.retailer, merge.gone, merge.kept)
        try tx.pipeline([
            """
            INSERT INTO offer_activation (retailer_id, campaign_id, shopper_key, activated_at)
            SELECT retailer_id, campaign_id, \(kept), activated_at
            FROM offer_activation
            WHERE retailer_id = \(retailer) AND shopper_key = \(gone)
            ORDER BY campaign_id
            ON CONFLICT (retailer_id, campaign_id, shopper_key) DO UPDATE
            SET activated_at = LEAST(offer_activation.activated_at, EXCLUDED.activated_at)
            """,
            "DELETE FROM offer_activation WHERE retailer_id = \(retailer) AND shopper_key = \(gone)",
            """
            INSERT INTO offer_attention (retailer_id, campaign_id, shopper_key, impressions, clicks, seen_at, clicked_at)
            SELECT retailer_id, campaign_id, \(kept), impressions, clicks, seen_at, clicked_at
            FROM offer_attention
            WHERE retailer_id = \(retailer) AND shopper_key = \(gone)
            ORDER BY campaign_id
            ON CONFLICT (retailer_id, campaign_id, shopper_key) DO UPDATE
            SET impressions = offer_attention.impressions + EXCLUDED.impressions,
                clicks = offer_attention.clicks + EXCLUDED.clicks,
                seen_at = GREATEST(offer_attention.seen_at, EXCLUDED.seen_at),
                clicked_at = GREATEST(offer_attention.clicked_at, EXCLUDED.clicked_at)
            """,
            "DELETE FROM offer_attention WHERE retailer_id = \(retailer) AND shopper_key = \(gone)",
        ])
    }
}

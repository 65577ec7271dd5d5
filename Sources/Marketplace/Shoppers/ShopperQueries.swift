package import Kernel
package import Postgres

extension Transaction {
    /// One shopper by any of its ids.
    package func shopper(_ id: ExternalID, of retailer: RetailerID) throws -> StoredShopper? {
        try first(
            """
            SELECT shopper.shopper_key, card.shopper_id, shopper.kind, shopper.personal_offers, shopper.push, shopper.adult,
                ARRAY(
                    SELECT other.shopper_id FROM shopper_card AS other
                    WHERE other.retailer_id = \(retailer) AND other.shopper_key = shopper.shopper_key
                    ORDER BY other.shopper_id
                ),
                ARRAY(
                    SELECT shopper_tag.tag FROM shopper_tag
                    WHERE shopper_tag.retailer_id = \(retailer) AND shopper_tag.shopper_key = shopper.shopper_key
                    ORDER BY shopper_tag.tag
                ), shopper.created_at
            FROM shopper_card AS card
            JOIN shopper ON shopper.retailer_id = \(retailer) AND shopper.shopper_key = card.shopper_key
            WHERE card.retailer_id = \(retailer) AND card.shopper_id = \(id)
            """
        ) { row in
            StoredShopper(
                key: try row.next(), id: try row.next(),
                flags: ShopperFlags(
                    kind: try row.next(), personalOffers: try row.nextOptional(), push: try row.next(), adult: try row.next()),
                ids: try row.next(), tags: try row.next(), createdAt: try row.next())
        }
    }

    /// The lists and how many shoppers are on each.
    package func tagCounts(of retailer: RetailerID, after tag: String? = nil, limit: Int) throws -> [TagCount] {
        try query(
            """
            SELECT tag.tag, (
                SELECT count(*) FROM shopper_tag
                WHERE shopper_tag.retailer_id = \(retailer) AND shopper_tag.tag = tag.tag
            )
            FROM tag
            WHERE tag.retailer_id = \(retailer) AND (\(tag)::text IS NULL OR tag.tag > \(tag))
            ORDER BY tag.tag
            LIMIT \(limit)
            """
        ) { row in TagCount(tag: try row.next(), shoppers: try row.next()) }
    }
}

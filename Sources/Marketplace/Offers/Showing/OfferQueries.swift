import Campaigns
import Catalogue
import Kernel
import Parties
import Postgres
import Shoppers

/// Where and when offers are looked at: a store, or the retailer as a whole.
struct OfferPlace: Sendable {
    /// The store's dense number; nil: no store was named.
    let store: Int32?
    let zone: String
    let dayStartsAtMinutes: Int32
    /// The wall clock there.
    let local: Instant
    let today: BusinessDay
}

/// What an offer says and until when it holds.
struct OfferContent: Sendable {
    let campaign: CampaignID
    let fundedBy: FundedBy
    let presentation: Presentation
    let validUntil: Instant
}

extension Transaction {
    /// Nil where there is no such store.
    func offerPlace(_ store: ExternalID?, of retailer: RetailerID, at now: Instant) throws -> OfferPlace? {
        let place = try first(
            """
            SELECT store.ordinal, clock.zone, policy.day_starts_at_minutes, \(now) AT TIME ZONE clock.zone,
                ((\(now) AT TIME ZONE clock.zone) - make_interval(mins => policy.day_starts_at_minutes))::date
            FROM retailer
            JOIN policy ON policy.retailer_id = retailer.retailer_id
            LEFT JOIN store ON store.retailer_id = retailer.retailer_id AND store.store_id = \(store)
            CROSS JOIN LATERAL (SELECT COALESCE(store.zone, retailer.zone) AS zone) AS clock
            WHERE retailer.retailer_id = \(retailer)
            """
        ) { row in
            OfferPlace(
                store: try row.nextOptional(), zone: try row.next(), dayStartsAtMinutes: try row.next(), local: try row.next(),
                today: try row.next())
        }
        return store != nil && place?.store == nil ? nil : place
    }

    /// The store whose prices stand for a campaign's where no store was named: its first that is open.
    func showcaseStores(of retailer: RetailerID, on day: BusinessDay) throws -> [Int32] {
        try query(
            """
            SELECT ordinal
            FROM store
            WHERE retailer_id = \(retailer) AND (closed_on IS NULL OR closed_on > \(day))
            ORDER BY ordinal
            """, { row in try row.next() })
    }

    func isAdult(_ shopper: ShopperKey, of retailer: RetailerID) throws -> Bool {
        try first(
            "SELECT adult = 'yes' FROM shopper WHERE retailer_id = \(retailer) AND shopper_key = \(shopper)",
            { row in try row.next() }) ?? false
    }

    /// Those of these products that are for adults only.
    func adultProducts(among products: [Int32], of retailer: RetailerID) throws -> Set<Int32> {
        Set(
            try query(
                """
                SELECT ordinal FROM product WHERE retailer_id = \(retailer) AND ordinal = ANY(\(products)) AND is_adult
                """, { row in try row.next(Int32.self) }))
    }

    /// Those of these products that are sold by the piece.
    func pieces(among products: [Int32], of retailer: RetailerID) throws -> Set<Int32> {
        Set(
            try query(
                """
                SELECT ordinal FROM product WHERE retailer_id = \(retailer) AND ordinal = ANY(\(products)) AND unit = 'piece'
                """, { row in try row.next(Int32.self) }))
    }

    /// Those of these products that are of a category or of one that lies in it; nil where there is no such category.
    func products(_ ordinals: Set<Int32>, within category: ExternalID, of retailer: RetailerID) throws -> Set<Int32>? {
        let categories = try self.categories(under: [category], of: retailer)
        guard !categories.isEmpty else { return nil }
        return Set(
            try query(
                """
                SELECT ordinal
                FROM product
                WHERE retailer_id = \(retailer) AND ordinal = ANY(\(ordinals.sorted())) AND category_id = ANY(\(categories))
                """, { row in try row.next(Int32.self) }))
    }

    func productNames(_ products: [Int32], of retailer: RetailerID) throws -> [Int32: (id: ExternalID, name: String)] {
        let found = try query(
            "SELECT ordinal, product_id, name FROM product WHERE retailer_id = \(retailer) AND ordinal = ANY(\(products))"
        ) { row in (try row.next(Int32.self), (id: try row.next(ExternalID.self), name: try row.next(String.self))) }
        return Dictionary(uniqueKeysWithValues: found)
    }

    /// The counters that bind one shopper; one that has no row was never touched. Index: the primary key.
    func countedLimits(
        of campaigns: [CampaignID], for shopper: ShopperKey?, at retailer: RetailerID
    ) throws -> [CampaignID: [CountedLimit]] {
        let subjects = ["", shopper.map { "\($0)" }].compactMap { $0 }
        let found = try query(
            """
            SELECT campaign_id, counter, period, GREATEST(0, limit_units - used - held)
            FROM limit_counter
            WHERE retailer_id = \(retailer) AND campaign_id = ANY(\(campaigns)) AND subject = ANY(\(subjects))
                AND counter LIKE 'units%'
            """
        ) { row in
            CountedLimit(campaign: try row.next(), counter: try row.next(), period: try row.next(), left: try row.next())
        }
        return Dictionary(grouping: found, by: \.campaign)
    }

    /// The words of campaigns and when their offers end: with the campaign, or with the last day of the promise.
    func offerContents(
        of campaigns: [(id: CampaignID, promisedThrough: BusinessDay?)], in place: OfferPlace, at retailer: RetailerID
    ) throws -> [CampaignID: OfferContent] {
        let found = try query(
            """
            SELECT campaign.campaign_id,
                (SELECT CASE WHEN bool_and(wallet.supplier_id IS NULL) THEN 'retailer'
                        WHEN bool_or(wallet.supplier_id IS NULL) THEN 'shared' ELSE 'supplier' END
                    FROM campaign_funding AS funding
                    JOIN wallet ON wallet.retailer_id = \(retailer) AND wallet.wallet_id = funding.wallet_id
                    WHERE funding.retailer_id = \(retailer) AND funding.campaign_id = campaign.campaign_id),
                content.presentation,
                LEAST(
                    zone_instant(\(place.zone), campaign.ends_at),
                    zone_instant(
                        \(place.zone),
                        (given.promised_through + 1)::timestamp + make_interval(mins => \(place.dayStartsAtMinutes)))
                )
            FROM unnest(\(campaigns.map(\.id)), \(campaigns.map(\.promisedThrough))) AS given (campaign_id, promised_through)
            JOIN campaign ON campaign.retailer_id = \(retailer) AND campaign.campaign_id = given.campaign_id
            JOIN campaign_version AS content ON content.retailer_id = \(retailer)
                AND content.campaign_id = campaign.campaign_id AND content.version = campaign.version
            """
        ) { row in
            OfferContent(
                campaign: try row.next(), fundedBy: try row.next(),
                presentation: try Presentation(stored: try row.next()), validUntil: try row.next())
        }
        return Dictionary(uniqueKeysWithValues: found.map { ($0.campaign, $0) })
    }
}

import Bitmaps
import Campaigns
package import EventLog
import JSONText
package import Kernel
package import Postgres
import Tenancy

/// Renders `offers.published` when it is sent (LEDGER_AND_WEBHOOKS rule 31). All that goes in is frozen: the grant's
/// bitmap, the campaign's version, and what stood when the event was logged; so each try sends the same bytes. Only who
/// was erased or wants no pushes since then is left out.
package struct OfferMessages: Sendable {
    /// The type of the events that need it.
    package static let eventType = PublishedReference.eventType
    /// Products that a message names; their number is told too.
    static let productsMax = 100
    /// Ids that a message gives of one shopper, the oldest first. Pulling works with any of them.
    static let idsOfShopperMax = 3

    private let database: Database

    package init(_ database: Database) { self.database = database }

    /// The `data` of the event's envelope: an object of JSON. For the retailer's own endpoints only.
    package func render(_ event: LoggedEvent, of retailer: RetailerID) async throws -> [UInt8] {
        let reference = try PublishedReference(event)
        let loggedAt = event.occurredAt
        return try await database.read(as: .retailer(retailer)) { tx in
            try tx.publishedMessage(reference, loggedAt: loggedAt, of: retailer).jsonBytes
        }
    }
}

/// What a retailer's endpoint reads: the same offer for many shoppers.
private struct PublishedMessage: JSONWritable {
    let reference: PublishedReference
    let content: PublishedContent
    let products: [ExternalID]
    let shoppers: [ExternalID]

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("campaign_id", reference.campaign)
            json.field("version", reference.version)
            json.field("period", reference.period)
            json.field("valid_until", content.validUntil)
            json.field("funded_by", word: content.fundedBy)
            json.texts("label", content.fundedBy.labels.merging(content.presentation.label) { _, own in own })
            json.texts("title", content.presentation.title)
            json.field("reward", content.reward)
            json.object("limits") { json in
                json.field("units_per_shopper", content.limits.unitsPerShopper)
                json.field("units_per_shopper_week", content.limits.unitsPerShopperWeek)
                json.field("units_per_shopper_day", content.limits.unitsPerShopperDay)
                json.field("units_per_receipt", content.limits.unitsPerReceipt)
            }
            json.field("product_ids", Array(products.prefix(OfferMessages.productsMax)))
            json.field("products", products.count)
            json.field("shopper_ids", shoppers)
        }
    }
}

/// The part of a message that is the campaign's.
private struct PublishedContent {
    let fundedBy: FundedBy
    let presentation: Presentation
    let reward: Reward
    let limits: CampaignLimits
    let validUntil: Instant
}

extension JSONWriter {
    fileprivate mutating func texts(_ name: String, _ texts: [String: String]) {
        object(name) { json in
            for (language, text) in texts.sorted(by: { $0.key < $1.key }) { json.field(language, text) }
        }
    }
}

extension Transaction {
    fileprivate func publishedMessage(
        _ reference: PublishedReference, loggedAt: Instant, of retailer: RetailerID
    ) throws -> PublishedMessage {
        let pushed = try first(
            """
            SELECT pushed
            FROM offer_grant
            WHERE retailer_id = \(retailer) AND campaign_id = \(reference.campaign)
                AND period_starts_on = \(reference.period.startsOn) AND depth_bp = 0
            """, { row in try KeySet(portable: try row.next(Bytes.self).array) })
        let keys = pushed?.slice(reference.firstKey...max(reference.firstKey, reference.lastKey)).sorted ?? []
        return PublishedMessage(
            reference: reference, content: try publishedContent(reference, of: retailer),
            products: try publishedProducts(reference, loggedAt: loggedAt, of: retailer),
            shoppers: try shopperIDs(of: keys.map(Int64.init), loggedAt: loggedAt, at: retailer))
    }

    private func publishedContent(_ reference: PublishedReference, of retailer: RetailerID) throws -> PublishedContent {
        try one(
            """
            SELECT (SELECT CASE WHEN bool_and(wallet.supplier_id IS NULL) THEN 'retailer'
                        WHEN bool_or(wallet.supplier_id IS NULL) THEN 'shared' ELSE 'supplier' END
                    FROM campaign_funding AS funding
                    JOIN wallet ON wallet.retailer_id = \(retailer) AND wallet.wallet_id = funding.wallet_id
                    WHERE funding.retailer_id = \(retailer) AND funding.campaign_id = campaign.campaign_id),
                content.presentation, content.reward, content.limits,
                LEAST(
                    zone_instant(retailer.zone, campaign.ends_at),
                    zone_instant(
                        retailer.zone,
                        (\(reference.period.endsOn) + 1)::timestamp + make_interval(mins => policy.day_starts_at_minutes))
                )
            FROM campaign
            JOIN retailer ON retailer.retailer_id = campaign.retailer_id
            JOIN policy ON policy.retailer_id = campaign.retailer_id
            JOIN campaign_version AS content ON content.retailer_id = campaign.retailer_id
                AND content.campaign_id = campaign.campaign_id AND content.version = \(reference.version)
            WHERE campaign.retailer_id = \(retailer) AND campaign.campaign_id = \(reference.campaign)
            """
        ) { row in
            PublishedContent(
                fundedBy: try row.next(), presentation: try Presentation(stored: try row.next()),
                reward: try Reward(stored: try row.next()), limits: try CampaignLimits(stored: try row.next()),
                validUntil: try row.next())
        }
    }

    private func publishedProducts(
        _ reference: PublishedReference, loggedAt: Instant, of retailer: RetailerID
    ) throws -> [ExternalID] {
        try query(
            """
            SELECT product_id
            FROM campaign_product
            WHERE retailer_id = \(retailer) AND campaign_id = \(reference.campaign) AND version = \(reference.version)
                AND (withdrawn_at IS NULL OR withdrawn_at > \(loggedAt))
            ORDER BY product_id
            """, { row in try row.next() })
    }

    /// The retailer's ids of these keys as they were: a card that came later is left out.
    private func shopperIDs(of keys: [Int64], loggedAt: Instant, at retailer: RetailerID) throws -> [ExternalID] {
        try query(
            """
            SELECT card.shopper_id
            FROM unnest(\(keys)) AS given (shopper_key)
            JOIN shopper ON shopper.retailer_id = \(retailer) AND shopper.shopper_key = given.shopper_key
            CROSS JOIN LATERAL (
                SELECT shopper_card.shopper_id
                FROM shopper_card
                WHERE shopper_card.retailer_id = \(retailer) AND shopper_card.shopper_key = given.shopper_key
                    AND shopper_card.since <= \(loggedAt)
                ORDER BY shopper_card.since, shopper_card.shopper_id
                LIMIT \(OfferMessages.idsOfShopperMax)
            ) AS card
            WHERE shopper.push
            ORDER BY given.shopper_key, card.shopper_id
            """, { row in try row.next() })
    }
}

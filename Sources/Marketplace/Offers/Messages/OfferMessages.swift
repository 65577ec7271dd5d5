import Bitmaps
import Campaigns
package import EventLog
import JSONText
package import Kernel
package import Postgres
import Tenancy

/// Renders `offers.published` when it is sent (LEDGER_AND_WEBHOOKS rule 31). All that goes in is frozen: the grant's
/// bitmap, what is said of the offer, and what stood when the event was logged; so each try sends the same bytes. Only who
/// was erased, wants no pushes or no personal offers since then is left out.
package struct OfferMessages: Sendable {
    /// The type of the events that need it.
    package static let eventType = PublishedReference.eventType
    /// Ids that a message gives of one shopper, the oldest first. Pulling works with any of them.
    static let idsOfShopperMax = 3

    private let database: Database

    package init(_ database: Database) { self.database = database }

    /// The `data` of the event's envelope: an object of JSON. For the retailer's own endpoints and feed only.
    @Sendable package func render(_ event: LoggedEvent, of retailer: RetailerID) async throws -> [UInt8] {
        let reference = try PublishedReference(event)
        let loggedAt = event.occurredAt
        return try await database.read(as: .retailer(retailer)) { tx in
            let message = try tx.publishedMessage(reference, loggedAt: loggedAt, of: retailer)
            let bytes = message.jsonBytes
            return bytes.count <= MessageBatches.bytesMax ? bytes : message.withOneIDEach.jsonBytes
        }
    }
}

/// What a retailer's endpoint reads: the same offer for many shoppers.
private struct PublishedMessage: JSONWritable {
    let reference: PublishedReference
    /// An object of JSON, as it was frozen.
    let content: [UInt8]
    var shoppers: [NamedShopper]

    /// Cards that were merged since they were counted may make a message too large: then the oldest of each has to do.
    var withOneIDEach: PublishedMessage {
        var message = self
        message.shoppers = shoppers.map { NamedShopper(key: $0.key, ids: Array($0.ids.prefix(1))) }
        return message
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("campaign_id", reference.campaign)
            json.field("version", reference.version)
            json.field("period", reference.period)
            json.name("offer")
            json.raw(content)
            json.array("shoppers", shoppers) { json, shopper in
                json.object { json in
                    json.field("shopper_ids", shopper.ids)
                    json.field("units_left", reference.unitsLeft.of(shopper.key))
                }
            }
        }
    }
}

/// A shopper by the retailer's ids.
private struct NamedShopper {
    let key: UInt32
    var ids: [ExternalID]
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
                AND period_starts_on = \(reference.period.startsOn) AND depth_bp = \(reference.depthBP)
            """, { row in try KeySet(portable: try row.next(Bytes.self).array) })
        let keys = pushed?.slice(reference.firstKey...max(reference.firstKey, reference.lastKey)).sorted ?? []
        return PublishedMessage(
            reference: reference, content: try contentBody(reference.content, of: retailer),
            shoppers: try namedShoppers(keys.map(Int64.init), loggedAt: loggedAt, at: retailer))
    }

    /// The retailer's ids of these keys as they were: a card that came later is left out.
    private func namedShoppers(_ keys: [Int64], loggedAt: Instant, at retailer: RetailerID) throws -> [NamedShopper] {
        let cards = try query(
            """
            SELECT given.shopper_key, card.shopper_id
            FROM unnest(\(keys)) AS given (shopper_key)
            JOIN shopper ON shopper.retailer_id = \(retailer) AND shopper.shopper_key = given.shopper_key
            JOIN policy ON policy.retailer_id = \(retailer)
            CROSS JOIN LATERAL (
                SELECT shopper_card.shopper_id
                FROM shopper_card
                WHERE shopper_card.retailer_id = \(retailer) AND shopper_card.shopper_key = given.shopper_key
                    AND shopper_card.since <= \(loggedAt)
                ORDER BY shopper_card.since, shopper_card.shopper_id
                LIMIT \(OfferMessages.idsOfShopperMax)
            ) AS card
            WHERE shopper.push AND COALESCE(shopper.personal_offers, policy.personal_offers_default)
            ORDER BY given.shopper_key, card.shopper_id
            """
        ) { row in (key: UInt32(try row.next(Int64.self)), id: try row.next(ExternalID.self)) }
        return cards.reduce(into: []) { shoppers, card in
            if shoppers.last?.key == card.key {
                shoppers[shoppers.count - 1].ids.append(card.id)
            } else {
                shoppers.append(NamedShopper(key: card.key, ids: [card.id]))
            }
        }
    }
}

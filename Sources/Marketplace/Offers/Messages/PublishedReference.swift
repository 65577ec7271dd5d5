import Campaigns
import EventLog
import HTTPSupport
package import JSONText
import Kernel

/// What the log keeps of `offers.published`: which of a grant's shoppers one message is for. The message itself is rendered
/// when it is sent (LEDGER_AND_WEBHOOKS rule 31), so that the log holds no ids of shoppers.
struct PublishedReference: Sendable, Hashable {
    static let eventType = "offers.published"

    let campaign: CampaignID
    let version: Int64
    let period: GrantPeriod
    /// Which of the grants of the period; 0 where there is one.
    let depthBP: Int32
    /// The shoppers are those of the grant from this key to `lastKey`, both included.
    let firstKey: UInt32
    let lastKey: UInt32
    let shoppers: Int
    let content: OfferContentID
    let unitsLeft: UnitsLeft

    var event: Event {
        var event = Event(Self.eventType, about: EventSubject(campaign)) { json in
            json.field("campaign_id", campaign)
            json.field("version", version)
            json.field("period_starts_on", period.startsOn)
            json.field("period_ends_on", period.endsOn)
            // A node of before reads no member that it does not know.
            if depthBP > 0 { json.field("depth_bp", depthBP) }
            json.field("first_key", Int64(firstKey))
            json.field("last_key", Int64(lastKey))
            json.field("shoppers", shoppers)
            json.field("content_id", content)
            json.field("units_left", unitsLeft.usual)
            json.array("touched", unitsLeft.touched.sorted { $0.key < $1.key }) { json, shopper in
                json.object { json in
                    json.field("key", Int64(shopper.key))
                    json.field("units_left", shopper.value)
                }
            }
        }
        event.campaign = campaign.value
        event.units = Int64(shoppers)
        return event
    }
}

extension PublishedReference {
    /// Reads what `event` wrote.
    init(_ event: LoggedEvent) throws {
        self = try Fields.read(try JSONReader.parse(event.data)) { fields in
            PublishedReference(
                campaign: fields.id("campaign_id"), version: fields.integer("version", in: 1...Int64.max),
                period: GrantPeriod(startsOn: fields.day("period_starts_on"), endsOn: fields.day("period_ends_on")),
                // What was logged before there were depths does not say.
                depthBP: Int32(fields.integerIfPresent("depth_bp", in: 0...Int64(BasisPoints.whole)) ?? 0),
                firstKey: UInt32(fields.integer("first_key", in: 1...Int64(UInt32.max))),
                lastKey: UInt32(fields.integer("last_key", in: 1...Int64(UInt32.max))),
                shoppers: Int(fields.integer("shoppers", in: 1...Int64(MessageBatches.shoppersMax))),
                content: fields.id("content_id"), unitsLeft: UnitsLeft(fields))
        }
    }
}

extension UnitsLeft {
    fileprivate init(_ fields: Fields) {
        usual = fields.integerIfPresent("units_left", in: 0...Int64.max)
        let pairs = fields.objectsIfPresent("touched", max: MessageBatches.shoppersMax) { shopper in
            (UInt32(shopper.integer("key", in: 1...Int64(UInt32.max))), shopper.integer("units_left", in: 0...Int64.max))
        }
        touched = Dictionary(pairs) { first, _ in first }
    }
}

extension Event {
    /// One for a campaign, however many shoppers lose the offer.
    static func offersWithdrawn(
        _ campaign: CampaignID, version: Int64, _ period: GrantPeriod, because reason: WithdrawalReason, at now: Instant
    ) -> Event {
        var event = Event("offers.withdrawn", about: EventSubject(campaign)) { json in
            json.field("campaign_id", campaign)
            json.field("version", version)
            json.field("period", period)
            json.field("reason", word: reason.nearest)
            json.field("cause", word: reason)
            json.field("withdrawn_at", now)
        }
        event.campaign = campaign.value
        return event
    }
}

extension GrantPeriod: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("starts_on", startsOn)
            json.field("ends_on", endsOn)
        }
    }
}

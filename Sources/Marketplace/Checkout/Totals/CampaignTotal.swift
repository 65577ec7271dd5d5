import Campaigns
import EventLog
import JSONText
import Kernel

/// What one supplier's campaign moved in one quarter-hour: units and the supplier's own money, which are its bill and never
/// floored (DOMAIN 10). No count of receipts or shoppers, no store, no product: a quarter-hour is too short for those.
struct CampaignTotal: Sendable, Hashable {
    static let quarterSeconds: Int64 = 900

    let campaign: CampaignID
    let supplier: SupplierID
    /// The first moment of the quarter-hour, in UTC.
    let from: Instant
    let sold: Part
    /// What came back in this quarter-hour, whenever it was sold.
    let returned: Part

    struct Part: Sendable, Hashable {
        /// Discounted units.
        let units: Int64
        /// The supplier's share of the discounts, of its own wallet, minor units.
        let discountMinor: Int64
        let feeMinor: Int64
        /// Of what no budget paid, what the supplier bears.
        let borneMinor: Int64
    }

    func event(_ asset: Asset) -> Event {
        var event = Event("campaign.totals", about: EventSubject(campaign), suppliers: [supplier]) { json in
            json.field("campaign_id", campaign)
            json.field("supplier_id", supplier)
            json.field("from", from)
            json.field("until", from.adding(seconds: Self.quarterSeconds))
            Self.write(sold, "sold", asset, to: &json)
            Self.write(returned, "returned", asset, to: &json)
        }
        event.campaign = campaign.value
        event.units = sold.units - returned.units
        event.amountMinor = sold.discountMinor - returned.discountMinor
        return event
    }

    private static func write(_ part: Part, _ name: String, _ asset: Asset, to json: inout JSONWriter) {
        json.object(name) { json in
            json.field("units", part.units)
            json.field("discount", Money(minor: part.discountMinor, asset: asset))
            json.field("fee", Money(minor: part.feeMinor, asset: asset))
            json.field("borne", Money(minor: part.borneMinor, asset: asset))
        }
    }
}

extension Instant {
    /// The quarter-hour that it lies in, in UTC: every zone of the world begins its own on one.
    var startOfQuarterHour: Instant {
        let quarter = CampaignTotal.quarterSeconds * 1_000_000
        return Instant(microseconds: microseconds - (microseconds % quarter + quarter) % quarter)
    }
}

import Campaigns
import JSONText
import Kernel

/// What a shopper may still take of a campaign: units, by each of its limits; nil where there is no such limit.
struct LimitsLeft: Sendable, Hashable {
    let ofShopper: Int64?
    let ofWeek: Int64?
    let ofDay: Int64?
    let ofReceipt: Int64?
    let ofCampaign: Int64?

    init(_ limits: CampaignLimits, counted: [CountedLimit], on day: BusinessDay) {
        func left(_ counter: String, _ limit: Int64?, _ period: String = "") -> Int64? {
            limit.map { limit in counted.first { $0.counter == counter && $0.period == period }?.left ?? limit }
        }
        ofShopper = left("units_per_shopper", limits.unitsPerShopper)
        ofWeek = left("units_per_shopper_week", limits.unitsPerShopperWeek, "\(day.startOfWeek)")
        ofDay = left("units_per_shopper_day", limits.unitsPerShopperDay, "\(day)")
        ofReceipt = limits.unitsPerReceipt
        ofCampaign = left("units", limits.units)
    }

    /// Over all limits; nil where nothing binds.
    var units: Int64? { [ofShopper, ofWeek, ofDay, ofCampaign].compactMap { $0 }.min() }
}

extension LimitsLeft: JSONWritable {
    /// The campaign's own limit is nobody's business but in `units`.
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("units", units)
            json.field("units_per_shopper", ofShopper)
            json.field("units_per_shopper_week", ofWeek)
            json.field("units_per_shopper_day", ofDay)
            json.field("units_per_receipt", ofReceipt)
        }
    }
}

/// A row of `limit_counter` as it binds one shopper.
struct CountedLimit: Sendable, Hashable {
    let campaign: CampaignID
    let counter: String
    /// The first business day of its period, or "".
    let period: String
    let left: Int64
}

package import HTTPSupport
package import JSONText
import Kernel

/// How many discounted units a campaign gives. Each is a counter that holds `used + held <= limit` in the transaction
/// that moves the money (DOMAIN 7). Weighed goods count as one unit a line.
package struct CampaignLimits: Hashable, Sendable {
    package static let unitsMax: Int64 = 1_000_000_000

    /// Units for one shopper over the whole campaign.
    package var unitsPerShopper: Int64?
    /// Units for one shopper in a week, Monday to Sunday of business days.
    package var unitsPerShopperWeek: Int64?
    /// Units for one shopper on a business day.
    package var unitsPerShopperDay: Int64?
    /// Units on one receipt.
    package var unitsPerReceipt: Int64?
    /// Units of the campaign.
    package var units: Int64?
    /// Units on one line of a receipt.
    package var unitsPerLine: Int64?
    /// Units in one store.
    package var unitsPerStore: Int64?

    package init(
        unitsPerShopper: Int64? = nil, unitsPerShopperWeek: Int64? = nil, unitsPerShopperDay: Int64? = nil,
        unitsPerReceipt: Int64? = nil, units: Int64? = nil,
        unitsPerLine: Int64? = nil, unitsPerStore: Int64? = nil
    ) {
        self.unitsPerShopper = unitsPerShopper
        self.unitsPerShopperWeek = unitsPerShopperWeek
        self.unitsPerShopperDay = unitsPerShopperDay
        self.unitsPerReceipt = unitsPerReceipt
        self.units = units
        self.unitsPerLine = unitsPerLine
        self.unitsPerStore = unitsPerStore
    }

    /// A launch needs one limit for each shopper and one for each receipt.
    package var boundsEachShopper: Bool {
        unitsPerShopper != nil || unitsPerShopperWeek != nil || unitsPerShopperDay != nil
    }
}

extension CampaignLimits: JSONWritable {
    package init(_ fields: Fields) {
        let range = 1...Self.unitsMax
        unitsPerShopper = fields.integerIfPresent("units_per_shopper", in: range)
        unitsPerShopperWeek = fields.integerIfPresent("units_per_shopper_week", in: range)
        unitsPerShopperDay = fields.integerIfPresent("units_per_shopper_day", in: range)
        unitsPerReceipt = fields.integerIfPresent("units_per_receipt", in: range)
        units = fields.integerIfPresent("units", in: range)
        unitsPerLine = fields.integerIfPresent("units_per_line", in: range)
        unitsPerStore = fields.integerIfPresent("units_per_store", in: range)
    }

    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("units_per_shopper", unitsPerShopper)
            json.field("units_per_shopper_week", unitsPerShopperWeek)
            json.field("units_per_shopper_day", unitsPerShopperDay)
            json.field("units_per_receipt", unitsPerReceipt)
            json.field("units", units)
            json.field("units_per_line", unitsPerLine)
            json.field("units_per_store", unitsPerStore)
        }
    }
}

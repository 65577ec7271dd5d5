import HTTPSupport
package import JSONText
import Kernel

extension PolicySettings {
    /// An edit that names what changes. The bounds are those of the table's columns.
    init(_ fields: Fields, over old: PolicySettings) {
        profileWindowDays = fields.setting("profile_window_days", from: old.profileWindowDays, in: 7...365)
        privacyFloor = fields.setting("privacy_floor", from: old.privacyFloor, in: 10...10_000)
        lateReceiptDays = fields.setting("late_receipt_days", from: old.lateReceiptDays, in: 0...60)
        stopPublishing = BasisPoints(
            stored: fields.setting("stop_publishing_bp", from: old.stopPublishing.value, in: 1...BasisPoints.whole))
        holdSeconds = fields.setting("hold_seconds", from: old.holdSeconds, in: 30...604_800)
        onlineHoldSeconds = fields.edited("online_hold_seconds", from: .some(old.onlineHoldSeconds)) { name in
            fields.integerIfPresent(name, in: 30...604_800).map { Int32($0) }
        }
        offerPeriod = fields.edited("offer_period", from: old.offerPeriod) { fields.word($0) }
        priceStepMinor = fields.setting("price_step_minor", from: old.priceStepMinor, in: 1...100_000)
        belowMinimumPrice = fields.edited("below_minimum_price", from: old.belowMinimumPrice) { fields.word($0) }
        exhaustedShare = fields.edited("exhausted_share", from: old.exhaustedShare) { fields.word($0) }
        personalOffersDefault = fields.edited("personal_offers_default", from: old.personalOffersDefault) { fields.bool($0) }
        topUpNeedsSecondPerson = fields.edited("top_up_needs_second_person", from: old.topUpNeedsSecondPerson) { name in
            fields.bool(name)
        }
        paymentNeedsSecondPerson = fields.edited("payment_needs_second_person", from: old.paymentNeedsSecondPerson) { name in
            fields.bool(name)
        }
        redemptionYears = fields.setting("redemption_years", from: old.redemptionYears, in: 1...20)
        dayStartsAtMinutes = fields.setting("day_starts_at_minutes", from: old.dayStartsAtMinutes, in: 0...720)
        stacking = fields.edited("stacking", from: old.stacking) { fields.word($0) }
        stackingOrder = fields.edited("stacking_order", from: old.stackingOrder) { name in
            fields.listIfPresent(name, max: Self.stackingGroupsMax) {
                try JSONValue.text($0, max: Self.stackingGroupCharactersMax)
            } ?? []
        }
        offers = OfferChoice(fields, over: old.offers)
        depthRules = fields.objectIfPresent("depth_rules") { DepthRules($0, over: old.depthRules) } ?? old.depthRules
        if Set(stackingOrder).count < stackingOrder.count {
            fields.refuse("stacking_order", "repeated", "A group stands in it once.")
        }
    }

    static var stackingGroupsMax: Int { 16 }
    static var stackingGroupCharactersMax: Int { 64 }
}

extension Fields {
    fileprivate func setting<Number: FixedWidthInteger>(_ name: String, from old: Number, in range: ClosedRange<Number>) -> Number
    {
        edited(name, from: old) { Number(integer($0, in: Int64(range.lowerBound)...Int64(range.upperBound))) }
    }
}

extension Policy: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("retailer_id", retailer)
            settings.writeMembers(to: &json)
            json.field("version", version)
            json.field("updated_at", updatedAt)
        }
    }
}

extension PolicySettings {
    fileprivate func writeMembers(to json: inout JSONWriter) {
        json.field("profile_window_days", profileWindowDays)
        json.field("privacy_floor", privacyFloor)
        json.field("late_receipt_days", lateReceiptDays)
        json.field("stop_publishing_bp", stopPublishing)
        json.field("hold_seconds", holdSeconds)
        json.field("online_hold_seconds", onlineHoldSeconds)
        json.field("offer_period", word: offerPeriod)
        json.field("price_step_minor", priceStepMinor)
        json.field("below_minimum_price", word: belowMinimumPrice)
        json.field("exhausted_share", word: exhaustedShare)
        json.field("personal_offers_default", personalOffersDefault)
        json.field("top_up_needs_second_person", topUpNeedsSecondPerson)
        json.field("payment_needs_second_person", paymentNeedsSecondPerson)
        json.field("redemption_years", redemptionYears)
        json.field("day_starts_at_minutes", dayStartsAtMinutes)
        json.field("stacking", word: stacking)
        json.field("stacking_order", stackingOrder)
        offers.writeMembers(to: &json)
        json.field("depth_rules", depthRules)
    }
}

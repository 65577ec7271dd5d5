import HTTPSupport
package import JSONText
import Kernel

extension PolicySettings {
    /// An edit that names what changes. The bounds are those of the table's columns.
    init(_ fields: Fields, over old: PolicySettings) {
        profileWindowDays = fields.setting("profile_window_days", in: 7...365) ?? old.profileWindowDays
        privacyFloor = fields.setting("privacy_floor", in: 10...10_000) ?? old.privacyFloor
        lateReceiptDays = fields.setting("late_receipt_days", in: 0...60) ?? old.lateReceiptDays
        stopPublishing =
            fields.setting("stop_publishing_bp", in: 1...10_000).map { BasisPoints(stored: $0) } ?? old.stopPublishing
        holdSeconds = fields.setting("hold_seconds", in: 30...604_800) ?? old.holdSeconds
        offerPeriod = fields.wordIfPresent("offer_period") ?? old.offerPeriod
        priceStepMinor = fields.integerIfPresent("price_step_minor", in: 1...100_000) ?? old.priceStepMinor
        belowMinimumPrice = fields.wordIfPresent("below_minimum_price") ?? old.belowMinimumPrice
        exhaustedShare = fields.wordIfPresent("exhausted_share") ?? old.exhaustedShare
        personalOffersDefault = fields.boolIfPresent("personal_offers_default") ?? old.personalOffersDefault
        topUpNeedsSecondPerson = fields.boolIfPresent("top_up_needs_second_person") ?? old.topUpNeedsSecondPerson
        redemptionYears = fields.setting("redemption_years", in: 1...20) ?? old.redemptionYears
        dayStartsAtMinutes = fields.setting("day_starts_at_minutes", in: 0...720) ?? old.dayStartsAtMinutes
    }
}

extension Fields {
    fileprivate func setting(_ name: String, in range: ClosedRange<Int64>) -> Int32? {
        integerIfPresent(name, in: range).map { Int32($0) }
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
        json.field("offer_period", word: offerPeriod)
        json.field("price_step_minor", priceStepMinor)
        json.field("below_minimum_price", word: belowMinimumPrice)
        json.field("exhausted_share", word: exhaustedShare)
        json.field("personal_offers_default", personalOffersDefault)
        json.field("top_up_needs_second_person", topUpNeedsSecondPerson)
        json.field("redemption_years", redemptionYears)
        json.field("day_starts_at_minutes", dayStartsAtMinutes)
    }
}

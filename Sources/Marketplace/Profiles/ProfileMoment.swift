package import Kernel
package import Postgres

/// The days on which a retailer's profiles are looked at.
///
/// Windows and RFM end with `asOf`, a closed business day. Recency and `bought` reach to `today`: what was bought today
/// counts at once (DOMAIN 12). A past moment has both on the same day. `asOf <= today`.
package struct ProfileMoment: Sendable, Hashable {
    package let retailer: RetailerID
    package let asOf: BusinessDay
    package let today: BusinessDay
    /// `profile_window_days` of the retailer's policy, 7 to 365.
    package let windowDays: Int32
    /// The fewest shoppers that a supplier may hear of.
    package let privacyFloor: Int32
    let zone: String
    let dayStartsAtMinutes: Int32
    /// Whether a shopper who has not said is in the base.
    let personalOffersDefault: Bool
    /// Of whom profiles are, as if nobody else were there; nil: of everybody.
    package private(set) var sample: ShopperSample?

    /// RFM looks at a year, whatever the window.
    package static let rfmDays: Int32 = 365

    package var windowStart: BusinessDay { asOf.adding(days: 1 - windowDays) }
    package var rfmStart: BusinessDay { asOf.adding(days: 1 - Self.rfmDays) }

    /// This retailer as it stood when `day` closed.
    package func atClose(of day: BusinessDay) -> ProfileMoment {
        ProfileMoment(
            retailer: retailer, asOf: day, today: day, windowDays: windowDays, privacyFloor: privacyFloor, zone: zone,
            dayStartsAtMinutes: dayStartsAtMinutes, personalOffersDefault: personalOffersDefault, sample: sample)
    }

    /// The same moment of those in the sample alone.
    package func sampled(by sample: ShopperSample?) -> ProfileMoment {
        var moment = self
        moment.sample = sample
        return moment
    }

    /// How many shoppers each one whose profile is looked at stands for.
    package var weight: Int64 { Int64(sample?.oneIn ?? 1) }

    /// Whether profiles are the same at both: all but the floor, which only decides what may be said of them.
    package func hasProfiles(of other: ProfileMoment) -> Bool { description == other.description }

    /// What profiles depend on, as one word: the stamp of what is computed for a moment.
    package var description: String {
        "\(retailer) \(asOf) \(today) \(windowDays) \(zone) \(dayStartsAtMinutes) \(personalOffersDefault) "
            + (sample?.description ?? "everybody")
    }

    /// The last Sunday that had closed: suppliers' counts move once a week (DOMAIN 10).
    package var weeklySnapshot: ProfileMoment { atClose(of: asOf.adding(days: 1).startOfWeek.adding(days: -1)) }
}

extension Transaction {
    /// The present moment of a retailer: `asOf` is its last closed business day, `today` the one that runs.
    package func profileMoment(of retailer: RetailerID, at now: Instant) throws -> ProfileMoment {
        try one(
            """
            SELECT
                ((\(now) AT TIME ZONE retailer.zone) - make_interval(mins => policy.day_starts_at_minutes))::date,
                policy.profile_window_days, policy.privacy_floor, retailer.zone, policy.day_starts_at_minutes,
                policy.personal_offers_default
            FROM retailer
            JOIN policy ON policy.retailer_id = retailer.retailer_id
            WHERE retailer.retailer_id = \(retailer)
            """
        ) { row in
            let today: BusinessDay = try row.next()
            return ProfileMoment(
                retailer: retailer, asOf: today.adding(days: -1), today: today, windowDays: try row.next(),
                privacyFloor: try row.next(), zone: try row.next(), dayStartsAtMinutes: try row.next(),
                personalOffersDefault: try row.next())
        }
    }
}

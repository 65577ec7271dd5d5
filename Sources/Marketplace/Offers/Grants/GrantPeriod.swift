package import Kernel
package import Parties

/// The business days for which it is decided once who sees what: one day, or a week from Monday to Sunday (DOMAIN 4 and
/// 11). `startsOn <= endsOn`.
package struct GrantPeriod: Sendable, Hashable {
    package let startsOn: BusinessDay
    package let endsOn: BusinessDay

    package init(startsOn: BusinessDay, endsOn: BusinessDay) {
        precondition(startsOn <= endsOn, "a period has a day")
        self.startsOn = startsOn
        self.endsOn = endsOn
    }

    /// The period of the policy's length that a day belongs to.
    package init(_ length: OfferPeriod, containing day: BusinessDay) {
        let days = length.days(containing: day)
        self.init(startsOn: days.lowerBound, endsOn: days.upperBound)
    }

    /// What is left of the period on a day of it: where the policy changed from days to weeks, earlier days are taken.
    package func from(_ day: BusinessDay) -> GrantPeriod { GrantPeriod(startsOn: max(day, startsOn), endsOn: endsOn) }

    /// The same, no longer than through a day of it; nil: as long as it is.
    package func through(_ day: BusinessDay?) -> GrantPeriod {
        guard let day, startsOn <= day else { return self }
        return GrantPeriod(startsOn: startsOn, endsOn: min(day, endsOn))
    }

    package func contains(_ day: BusinessDay) -> Bool { startsOn <= day && day <= endsOn }
}

package import Kernel

/// Even spending over a campaign's days: a business day may spend what is left of the budget at its start, shared over the days
/// that are left, itself counted, rounded down. What a day does not spend rolls on to those after it; the last day may spend all.
///
/// What was left at the start is worked out from what is there now: it and all that this day and later ones have spent and
/// keep. So the order of receipts within a day does not matter, and money that comes late (a return, an extension, a receipt
/// of an earlier day) counts as if it had come, or gone, before the day began.
package struct EvenPace: Sendable, Hashable {
    /// Minor units that are there now, holds taken off.
    package let availableMinor: Int64
    /// Minor units spent and kept, by business day; days before the one that is asked about may be missing.
    package let takenByDay: [BusinessDay: Int64]
    package let lastDay: BusinessDay

    package init(availableMinor: Int64, takenByDay: [BusinessDay: Int64], lastDay: BusinessDay) {
        self.availableMinor = availableMinor
        self.takenByDay = takenByDay
        self.lastDay = lastDay
    }

    /// Minor units that a day may spend in all. After the last day all that there is.
    package func allowance(on day: BusinessDay) -> Int64 {
        let taken = takenByDay.reduce(Int64(0)) { $1.key >= day ? $0 + $1.value : $0 }
        let days = max(1, lastDay.daysSince1970 - day.daysSince1970 + 1)
        return max(0, availableMinor + taken) / Int64(days)
    }

    /// What a day may still spend.
    package func left(on day: BusinessDay) -> Int64 { max(0, allowance(on: day) - (takenByDay[day] ?? 0)) }
}

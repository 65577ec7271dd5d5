import Kernel

/// Where and when minimum prices are looked up.
struct PriceMoment: Hashable, Sendable {
    let zone: ExternalID?
    let day: BusinessDay

    init(zone: ExternalID?, day: BusinessDay) {
        self.zone = zone
        self.day = day
    }

    init(_ clock: StoreClock) { self.init(zone: clock.priceZone, day: clock.businessDay) }
}

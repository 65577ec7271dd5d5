import Catalogue
import Kernel
import Postgres

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

extension Transaction {
    /// Below which products may not be sold, for each price zone and day on which they are wanted.
    func minimumPrices(
        of wanted: [PriceMoment: Set<Int32>], at retailer: RetailerID
    ) throws -> [PriceMoment: [Int32: Int64]] {
        var minimums: [PriceMoment: [Int32: Int64]] = [:]
        for (moment, products) in wanted {
            minimums[moment] = try minimumPrices(
                of: products.sorted(), inPriceZone: moment.zone, on: moment.day, at: retailer)
        }
        return minimums
    }
}

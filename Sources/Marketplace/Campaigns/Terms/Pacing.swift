package import HTTPSupport
package import JSONText
package import Kernel

/// How fast a campaign may spend: caps on money, discounts and fee together, and an even pace over its days. Part of the
/// terms, so that whoever approves them sees it. Something of it is always set.
package struct Pacing: Sendable, Hashable {
    /// Minor units on one business day.
    package let perDayMinor: Int64?
    /// Minor units in one store over the whole campaign.
    package let perStoreMinor: Int64?
    /// Minor units in one store on one business day.
    package let perStoreDayMinor: Int64?
    /// A business day spends no more than its part of what is left (`EvenPace`).
    package let isEven: Bool

    package init(
        perDayMinor: Int64? = nil, perStoreMinor: Int64? = nil, perStoreDayMinor: Int64? = nil, isEven: Bool = false
    ) {
        self.perDayMinor = perDayMinor
        self.perStoreMinor = perStoreMinor
        self.perStoreDayMinor = perStoreDayMinor
        self.isEven = isEven
    }

    /// Whether what a day spends is bounded.
    package var boundsDays: Bool { perDayMinor != nil || isEven }

    /// Minor units that the caps let through at most over so many days and stores; nil where they bound nothing.
    package func spendMax(days: Int32, stores: Int) -> Int64? {
        let (days, stores) = (Int128(days), Int128(stores))
        let bounds = [
            perDayMinor.map { Int128($0) * days }, perStoreMinor.map { Int128($0) * stores },
            perStoreDayMinor.map { Int128($0) * stores * days },
        ]
        return bounds.compactMap { $0 }.min().map { Int64(clamping: $0) }
    }
}

extension Pacing {
    /// As it is drafted: caps are money.
    package init(_ fields: Fields, in asset: Asset) {
        let cap = { (name: String) in fields.moneyIfPresent(name, in: asset, minor: 1...Money.bound)?.minor }
        self.init(
            perDayMinor: cap("amount_per_day"), perStoreMinor: cap("amount_per_store"),
            perStoreDayMinor: cap("amount_per_store_day"), isEven: fields.boolIfPresent("even") ?? false)
        if perDayMinor == nil, perStoreMinor == nil, perStoreDayMinor == nil, !isEven {
            fields.refuseWhole("required", "Needs a cap, or even.")
        }
        if let perStoreDayMinor, perStoreDayMinor > min(perDayMinor ?? .max, perStoreMinor ?? .max) {
            fields.refuse("amount_per_store_day", "out_of_range", "Must not be more than the cap of a day or of a store.")
        }
    }

    package func write(to json: inout JSONWriter, in asset: Asset) {
        let money = { (minor: Int64?) in minor.map { Money(minor: $0, asset: asset) } }
        json.object { json in
            json.field("amount_per_day", money(perDayMinor))
            json.field("amount_per_store", money(perStoreMinor))
            json.field("amount_per_store_day", money(perStoreDayMinor))
            json.field("even", isEven)
        }
    }
}

/// As a version keeps it: caps are minor units of the campaign's asset.
extension Pacing: JSONWritable {
    package init(stored fields: Fields) {
        let cap = { (name: String) in fields.integerIfPresent(name, in: 1...Money.bound) }
        self.init(
            perDayMinor: cap("amount_per_day"), perStoreMinor: cap("amount_per_store"),
            perStoreDayMinor: cap("amount_per_store_day"), isEven: fields.boolIfPresent("even") ?? false)
    }

    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("amount_per_day", perDayMinor)
            json.field("amount_per_store", perStoreMinor)
            json.field("amount_per_store_day", perStoreDayMinor)
            json.field("even", isEven)
        }
    }
}

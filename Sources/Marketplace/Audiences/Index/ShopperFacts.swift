package import AudienceIndex
import Kernel
import Profiles

/// What is known of some shoppers of one moment, by dense ordinals in the order of their keys: a layer of an index, or all
/// of it.
package struct ShopperFacts: Sendable {
    /// Rising; a shopper's ordinal is its place here.
    package let keys: [Int64]
    package let numbers: ShopperNumbers
    let year: YearNumbers
    let stores: [ExternalID: StoreVisits]
    let favouriteBrands: [ExternalID: ValuedSet]
    /// By the product's ordinal: the day on which it was last bought, in the last `boughtDaysMax`.
    let boughtProducts: [Int32: ValuedSet]
    var traits: [TraitName: OrdinalSet]
    let tags: [ExternalID: OrdinalSet]

    /// One more than any question looks back: a profile window of 365 days that ends yesterday begins with it.
    static let boughtDaysKept: Int32 = 366

    /// The ordinals of those of the keys that are here; both rise.
    func ordinals(of keys: [Int64]) -> [UInt32] {
        keys.compactMap { key in
            var (low, high) = (0, self.keys.count)
            while low < high {
                let middle = (low + high) / 2
                if self.keys[middle] < key { low = middle + 1 } else { high = middle }
            }
            return low < self.keys.count && self.keys[low] == key ? UInt32(low) : nil
        }
    }
}

/// A number for each shopper.
package struct ShopperNumbers: Sendable {
    /// Of the window.
    package let receipts: NumberColumn
    /// Of the window; 0 where nothing was bought.
    package let spend: AmountColumn
    /// Spend by receipt, none without receipts.
    package let averageCheck: AmountColumn
    /// Of the newest receipt, ever.
    package let lastDay: NumberColumn

    init(count: Int) {
        self.init(receipts: NumberColumn(count: count), spend: AmountColumn(count: count), lastDay: NumberColumn(count: count))
    }

    init(receipts: NumberColumn, spend: AmountColumn, lastDay: NumberColumn) {
        self.receipts = receipts
        self.spend = spend
        self.lastDay = lastDay
        averageCheck = AmountColumn(quotientOf: spend, by: receipts)
    }

    func put(_ ordinal: Int, receipts count: Int64, spendMinor: Int64, lastDay day: BusinessDay?) {
        receipts[ordinal] = UInt16(clamping: count)
        spend[ordinal] = spendMinor
        lastDay[ordinal] = day.map(ShopperIndex.code) ?? 0
        averageCheck.refreshQuotient(at: ordinal)
    }

    func copy(_ ordinal: Int, from other: ShopperNumbers, _ place: Int) {
        receipts[ordinal] = other.receipts[place]
        spend[ordinal] = other.spend[place]
        lastDay[ordinal] = other.lastDay[place]
        averageCheck.refreshQuotient(at: ordinal)
    }
}

/// What scores are made of: the 365 days that end with `asOf`. Who has no receipt in them has 0 receipts and no spend.
struct YearNumbers: Sendable {
    let lastDay: NumberColumn
    let receipts: NumberColumn
    let spend: AmountColumn

    init(count: Int) {
        self.init(lastDay: NumberColumn(count: count), receipts: NumberColumn(count: count), spend: AmountColumn(count: count))
    }

    init(lastDay: NumberColumn, receipts: NumberColumn, spend: AmountColumn) {
        self.lastDay = lastDay
        self.receipts = receipts
        self.spend = spend
    }

    func put(_ ordinal: Int, lastDay day: BusinessDay, receipts count: Int64, spendMinor: Int64) {
        lastDay[ordinal] = ShopperIndex.code(of: day)
        receipts[ordinal] = UInt16(clamping: count)
        spend[ordinal] = spendMinor
    }

    func copy(_ ordinal: Int, from other: YearNumbers, _ place: Int) {
        lastDay[ordinal] = other.lastDay[place]
        receipts[ordinal] = other.receipts[place]
        spend[ordinal] = other.spend[place]
    }

    /// Nil for who has no receipt in the year.
    func value(_ ordinal: Int) -> Value? {
        guard receipts[ordinal] > 0 else { return nil }
        return Value(lastDay: lastDay[ordinal], receipts: receipts[ordinal], spendMinor: spend[ordinal] ?? 0)
    }

    struct Value: Equatable {
        let lastDay: UInt16
        let receipts: UInt16
        let spendMinor: Int64
    }
}

/// Who came to a store in the window, and how often.
struct StoreVisits: Sendable {
    let shoppers: OrdinalSet
    let receipts: ValuedSet
}

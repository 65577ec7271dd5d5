import AudienceIndex
import Kernel
import Postgres
import Profiles

/// The shoppers of the base while they are read, in the order of their keys.
struct PeopleDraft {
    private struct Person {
        let key: Int64
        let lastDay: BusinessDay?
        let receipts: Int64
        let spendMinor: Int64
        let year: (lastDay: BusinessDay, receipts: Int64, spendMinor: Int64)?
    }

    private var people: [Person] = []

    /// Reads shopper_key, last day, receipts, spend, and of the year last day, receipts and spend.
    mutating func add(_ row: inout Row) throws {
        let (key, lastDay) = (try row.next(Int64.self), try row.nextOptional(BusinessDay.self))
        let (receipts, spend) = (try row.nextOptional(Int64.self) ?? 0, try row.nextOptional(Int64.self) ?? 0)
        let yearDay = try row.nextOptional(BusinessDay.self)
        let (yearReceipts, yearSpend) = (try row.nextOptional(Int64.self) ?? 0, try row.nextOptional(Int64.self) ?? 0)
        people.append(
            Person(
                key: key, lastDay: lastDay, receipts: receipts, spendMinor: spend,
                year: yearDay.map { ($0, yearReceipts, yearSpend) }))
    }

    func finished() -> IndexedPeople {
        let (numbers, year) = (ShopperNumbers(count: people.count), YearNumbers(count: people.count))
        for (ordinal, person) in people.enumerated() {
            numbers.put(ordinal, receipts: person.receipts, spendMinor: person.spendMinor, lastDay: person.lastDay)
            if let known = person.year {
                year.put(ordinal, lastDay: known.lastDay, receipts: known.receipts, spendMinor: known.spendMinor)
            }
        }
        return IndexedPeople(keys: people.map(\.key), numbers: numbers, year: year)
    }
}

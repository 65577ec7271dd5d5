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
    }

    private var people: [Person] = []
    private var atLeast = [[[UInt32]]](repeating: [[UInt32]](repeating: [], count: 5), count: 3)
    private var segments: [Segment: [UInt32]] = [:]

    /// Reads shopper_key, last day, receipts, spend, r, f, m and segment.
    mutating func add(_ row: inout Row) throws {
        let ordinal = UInt32(people.count)
        people.append(
            Person(
                key: try row.next(), lastDay: try row.nextOptional(), receipts: try row.nextOptional() ?? 0,
                spendMinor: try row.nextOptional() ?? 0))
        for score in 0..<3 {
            guard let value = try row.nextOptional(Int64.self) else { continue }
            for least in 1...5 where value >= least { atLeast[score][least - 1].append(ordinal) }
        }
        if let segment = try row.nextOptional(Segment.self) { segments[segment, default: []].append(ordinal) }
    }

    func finished() -> IndexedPeople {
        let numbers = ShopperNumbers(count: people.count)
        for (ordinal, person) in people.enumerated() {
            numbers.put(ordinal, receipts: person.receipts, spendMinor: person.spendMinor, lastDay: person.lastDay)
        }
        let sets = atLeast.map { score in score.map { OrdinalSet($0) } }
        return IndexedPeople(
            keys: people.map(\.key), numbers: numbers,
            scores: ScoreSets(
                atLeastR: sets[0], atLeastF: sets[1], atLeastM: sets[2], segments: segments.mapValues { OrdinalSet($0) }))
    }
}

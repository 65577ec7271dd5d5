import AudienceIndex
import Glibc

/// The copy on disk of everything but the sets of bought products: written, and loaded as a start of the service would.
struct CopyBench {
    let path: String

    private static let stamp: [UInt8] = Array("bench".utf8)

    /// Milliseconds to write and to load, and the bytes of the copy. Loaded from the page cache, where a copy is that was just
    /// written.
    func run(_ town: Town) throws -> (write: Double, load: Double, bytes: Int) {
        let (columns, sets, valued) = parts(of: town)
        var started = ContinuousClock.now
        let writer = try IndexWriter(path, stamp: Self.stamp)
        for column in columns { try writer.put(column) }
        try writer.put(town.spend)
        for set in sets { try writer.put(set) }
        for set in valued { try writer.put(set) }
        try writer.finish()
        let write = Times.millis(since: started)
        defer { unsafe unlink(path) }
        started = ContinuousClock.now
        let reader = try IndexReader(path, stamp: Self.stamp)
        let numbers = try columns.map { _ in try reader.numbers(count: town.count) }
        let spend = try reader.amounts(count: town.count)
        let average = AmountColumn(quotientOf: spend, by: numbers[0])
        var bytes = numbers.reduce(0) { $0 + $1.byteCount } + spend.byteCount + average.byteCount
        bytes += try sets.map { _ in try reader.ordinalSet() }.bytes
        bytes += try valued.map { _ in try reader.valuedSet() }.bytes
        try reader.end()
        return (write, Times.millis(since: started), bytes)
    }

    private func parts(of town: Town) -> ([NumberColumn], [OrdinalSet], [ValuedSet]) {
        (
            [town.receipts, town.lastDay],
            town.storeMembers + town.traitMembers + town.tagMembers + town.recencyScores + town.frequencyScores
                + town.moneyScores,
            town.visits + town.favourites + town.boughtCategories
        )
    }
}

package import JSONText
package import Kernel
package import Postgres
package import Tenancy

/// How files of one kind are read and taken over. Made anew for each import, so that it may remember what it looked up.
///
/// A kind whose CSV has one row for each item needs `item(json:)` and `apply` alone: its CSV columns are then the members
/// of its JSON form.
package protocol ImportKind: Sendable {
    associatedtype Item: Sendable

    var word: ImportWord { get }
    /// The columns that its CSV may have; others are refused.
    var columns: [ImportColumn] { get }

    /// One line of NDJSON. Throws `Problem` where it is bad.
    func item(line: ArraySlice<UInt8>) throws -> Item
    func item(json: JSONValue) throws -> Item
    /// Rows of CSV into items.
    func rows(of header: ImportHeader) -> any ImportRows<Item>
    /// How much of a chunk an item takes: lines of a receipt.
    func weight(of item: Item) -> Int
    /// The item as it is shown where it is rejected.
    func content(of item: Item) -> [UInt8]

    /// Where a chunk is cut, so that each stretch is a transaction: whole items, in the order of the file.
    func stretches(of items: [Item]) -> [Range<Int>]
    /// What must stand before the chunk's transaction.
    func prepare(_ items: [Item], _ target: ImportTarget) async throws
    /// Takes a stretch over. Changes nothing outside the transaction: it may run again. Throws `ImportStandsAlone` where it
    /// has to be written in another way.
    func apply(_ items: [Item], to target: ImportTarget, in tx: borrowing Transaction) throws -> ImportApplied
}

/// Where an import goes, and its clock.
package struct ImportTarget: Sendable {
    package let database: Database
    package let retailer: RetailerID
    package let world: OutsideWorld

    package init(_ database: Database, _ retailer: RetailerID, in world: OutsideWorld) {
        self.database = database
        self.retailer = retailer
        self.world = world
    }

    package var scope: Scope { .retailer(retailer) }
}

/// Why a stretch is not taken over as it is; nothing of it was.
package enum ImportStandsAlone: Error, Hashable {
    /// One of its items is to be written without the others.
    case wanted
    /// The only item is refused and leaves nothing behind.
    case refused(ImportVerdict)
}

/// What became of a stretch: a verdict for each item, in order.
package struct ImportApplied: Sendable {
    package let verdicts: [ImportVerdict]
    /// Receipts on which money was decided.
    package let outcomes: [ImportOutcome]
    /// What their discounts claimed and what was paid of it, in minor units.
    package let claimedMinor: Int64
    package let fundedMinor: Int64
    /// Runs once the stretch is committed.
    package let committed: @Sendable () -> Void

    package init(
        _ verdicts: [ImportVerdict], outcomes: [ImportOutcome] = [], claimedMinor: Int64 = 0, fundedMinor: Int64 = 0,
        committed: @escaping @Sendable () -> Void = {}
    ) {
        self.verdicts = verdicts
        self.outcomes = outcomes
        self.claimedMinor = claimedMinor
        self.fundedMinor = fundedMinor
        self.committed = committed
    }
}

package enum ImportVerdict: Hashable, Sendable {
    case accepted
    case replayed
    case rejected(code: String, detail: String, pointer: String)
}

extension ImportKind {
    package func item(line: ArraySlice<UInt8>) throws -> Item {
        try item(json: try JSONLine.parse(line))
    }

    package func rows(of header: ImportHeader) -> any ImportRows<Item> { PlainRows(self, header) }

    package func weight(of item: Item) -> Int { 1 }

    package func stretches(of items: [Item]) -> [Range<Int>] { [items.indices] }

    package func prepare(_ items: [Item], _ target: ImportTarget) async throws {}
}

/// The kinds that this service can load.
package struct ImportKinds: Sendable {
    private let makers: [ImportWord: @Sendable () -> any ImportKind]

    package init(_ makers: [ImportWord: @Sendable () -> any ImportKind]) { self.makers = makers }

    /// In the order of the words.
    package var words: [ImportWord] { ImportWord.allCases.filter { makers[$0] != nil } }

    package func make(_ word: ImportWord) -> (any ImportKind)? { makers[word]?() }
}

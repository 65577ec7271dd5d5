package import Kernel
package import Postgres

/// One rule of the books, recomputed from the tables alone by SQL that shares nothing with what wrote them. It reads in
/// slices, each a short transaction (LEDGER_AND_WEBHOOKS rule 27a), so that it can run beside the work of the day.
///
/// Every statement answers with rows of `(subject text, detail text)`: one for each finding, none where all is well.
package struct LedgerCheck: Sendable {
    /// Stable, snake_case: what operators filter on.
    package let name: String
    /// The rule, in a sentence.
    package let explain: String
    let extent: Extent

    /// What one statement of the check looks at.
    package enum Extent: Sendable {
        /// All rows of the retailer at once; only for tables that stay small. `count` says how many they are.
        case whole(count: @Sendable (RetailerID) -> SQL, findings: @Sendable (RetailerID) -> SQL)
        /// Rows of a table in the order of their ids.
        case rows(CheckedRows, findings: @Sendable (RetailerID, KeyRange) -> SQL)
        /// Entries in spans of an account's numbers.
        case entries(findings: @Sendable (RetailerID, EntrySpans) -> SQL)
        /// The counters of accounts against sums over their entries.
        case counters
        /// Closed days in stretches, each with about as many closings as a slice has rows.
        case days(findings: @Sendable (RetailerID, ClosedDays) -> SQL)
    }

    package init(_ name: String, _ explain: String, _ extent: Extent) {
        self.name = name
        self.explain = explain
        self.extent = extent
    }
}

/// A table that a check walks by a uuid key.
package struct CheckedRows: Sendable {
    /// Rows of one slice, unless so many are too much to look at in one statement.
    package static let sliceMax = 5_000

    let slice: Int
    /// The keys are those of transfers: since a day, those of the entries since then are looked at.
    let followsEntries: Bool

    /// Selects one uuid column for one retailer: the keys after an id, in order, at most so many; where it is given and the
    /// table knows it, of what came on a day or later.
    let keys: @Sendable (_ retailer: RetailerID, _ since: BusinessDay?, _ after: Identifier?, _ limit: Int) -> SQL

    package init(
        slice: Int = sliceMax, followsEntries: Bool = false, _ keys: @escaping @Sendable (RetailerID, Identifier?, Int) -> SQL
    ) {
        self.slice = slice
        self.followsEntries = followsEntries
        self.keys = { retailer, _, after, limit in keys(retailer, after, limit) }
    }

    /// Rows that know a day.
    package init(dated keys: @escaping @Sendable (RetailerID, BusinessDay?, Identifier?, Int) -> SQL) {
        slice = Self.sliceMax
        followsEntries = false
        self.keys = keys
    }
}

/// Keys after `after` (from the first where nil) up to and including `through`; or some.
package struct KeyRange: Sendable {
    package let after: Identifier?
    package let through: Identifier
    private let among: [Identifier]?

    init(after: Identifier?, through: Identifier) {
        self.after = after
        self.through = through
        among = nil
    }

    init(among keys: [Identifier]) {
        after = nil
        through = Identifier(high: 0, low: 0)
        among = keys
    }

    /// `column > after AND column <= through`, or `column = ANY (...)`, for a WHERE.
    package func holds(_ column: StaticString) -> SQL {
        if let among { return "\(raw: column) = ANY (\(among))" }
        return """
            (\(after)::uuid IS NULL OR \(raw: column) > \(after)) AND \(raw: column) <= \(through)
            """
    }
}

/// What a check found in one retailer's books.
package struct CheckReport: Sendable, Hashable {
    /// Findings that are shown; the rest are counted.
    package static let examplesMax = 20

    package let check: String
    /// Rows looked at.
    package private(set) var checked: Int64 = 0
    package private(set) var findings = 0
    package private(set) var examples: [Finding] = []

    package struct Finding: Sendable, Hashable {
        /// The row, by its id in the tables.
        package let subject: String
        package let detail: String
    }

    init(check: String) { self.check = check }

    mutating func add(checked: Int64, _ found: [Finding]) {
        self.checked += checked
        findings += found.count
        examples += found.prefix(max(0, Self.examplesMax - examples.count))
    }
}

package import Kernel
package import Postgres

/// The months for which the table of receipts has a partition.
package struct AttachedMonths: Hashable, Sendable {
    /// First days, ascending.
    let firstDays: [BusinessDay]

    func has(_ day: BusinessDay) -> Bool { firstDays.contains(day.startOfMonth) }

    var oldest: BusinessDay? { firstDays.first }
}

extension Transaction {
    /// From the catalogue of PostgreSQL: all retailers share the partitions.
    package func attachedMonths() throws -> AttachedMonths {
        let names = try query(
            """
            SELECT child.relname::text
            FROM pg_inherits JOIN pg_class AS child ON child.oid = pg_inherits.inhrelid
            WHERE pg_inherits.inhparent = 'receipt'::regclass
            ORDER BY child.relname
            """
        ) { row in try row.next(String.self) }
        return AttachedMonths(
            firstDays: names.compactMap { name in
                let digits = name.suffix(6)
                guard let year = Int(digits.prefix(4)), let month = Int(digits.suffix(2)) else { return nil }
                return BusinessDay(year: year, month: month, day: 1)
            })
    }

    /// Makes room for receipts of these days. Best in a transaction of its own, since it holds a lock on the table's
    /// definition until the commit.
    ///
    /// One at a time, and only what `pg_inherits` does not show after the wait: `attach_month` itself asks a cache that
    /// may not know yet what another session has just made.
    package func attachMonths(of days: some Sequence<BusinessDay>) throws {
        let months = Set(days.map(\.startOfMonth))
        guard !months.isEmpty else { return }
        try execute("SELECT pg_advisory_xact_lock(hashtextextended('attach months of receipt', 0))")
        let attached = try attachedMonths()
        for month in months.sorted() where !attached.has(month) {
            _ = try one("SELECT attach_month('receipt', \(month))") { row in try row.next(Bool.self) }
        }
    }
}

package import Kernel
package import Postgres

/// A stretch of a retailer's closed days that one statement looks at: the closings of a day are hashed together, so a day is
/// never cut.
package struct ClosedDays: Sendable, Hashable {
    /// Closings after which no further day is taken.
    package static let closingsMax = CheckedRows.sliceMax
    /// Days of one stretch, where hardly any account moves.
    static let daysMax = 400

    package let count: Int64
    package let first: BusinessDay
    package let last: BusinessDay

    /// `column` is of the stretch, for a WHERE.
    func holds(_ column: StaticString) -> SQL { "\(raw: column) BETWEEN \(first) AND \(last)" }
}

extension Transaction {
    /// The next stretch after a day, from `since` on; nil where no day is left. Index: the primary key of `ledger_day`.
    package func closedDays(
        of retailer: RetailerID, since: BusinessDay?, after day: BusinessDay?, closingsMax: Int = ClosedDays.closingsMax
    ) throws -> ClosedDays? {
        try one(
            """
            SELECT count(taken.day), min(taken.day), max(taken.day)
            FROM (
                SELECT next.day, sum(next.accounts) OVER (ORDER BY next.day) - next.accounts AS before
                FROM (
                    SELECT day, accounts
                    FROM ledger_day
                    WHERE retailer_id = \(retailer) AND (\(day)::date IS NULL OR day > \(day))
                        AND (\(since)::date IS NULL OR day >= \(since))
                    ORDER BY day
                    LIMIT \(ClosedDays.daysMax)
                ) AS next
            ) AS taken
            WHERE taken.before < \(Int64(closingsMax))
            """
        ) { row in
            let count = try row.next(Int64.self)
            guard let first = try row.nextOptional(BusinessDay.self), let last = try row.nextOptional(BusinessDay.self) else {
                return nil
            }
            return ClosedDays(count: count, first: first, last: last)
        }
    }
}

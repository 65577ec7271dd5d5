import EventLog
import HTTPSupport
import Kernel
import Postgres

/// One request's way along the log: in short reads of a bounded stretch each, since a caller's own events may be few among
/// millions of others'.
struct FeedReading: Sendable {
    /// Positions that one read looks at.
    static let stretchMax: Int64 = 10_000

    let feed: EventFeed
    /// Who reads; nil: the retailer, or the platform.
    let supplier: SupplierID?
    /// What comes next was let go while the reader looked: the page ends before it.
    private(set) var isCutOff = false
    private(set) var events: [LoggedEvent] = []
    /// The last position that was looked at.
    private(set) var reached: Int64
    private(set) var isAtHead = false

    init(_ feed: EventFeed, as supplier: SupplierID?) {
        self.feed = feed
        self.supplier = supplier
        reached = feed.after
    }

    var isFull: Bool { events.count >= feed.limit }

    /// Where to go on: after the last event that the reader was shown, since a position beyond would tell a supplier how much goes
    /// on that is not its business. A reader who has looked for as long as a request may and is not at the end yet is told how
    /// far it came: else it would look at the same stretch for ever.
    var nextAfter: Int64 {
        guard let last = events.last else { return isAtHead ? feed.after : reached }
        return last.position
    }

    fileprivate mutating func take(_ found: [LoggedEvent], through end: Int64, head: Int64) {
        events += found
        // A stretch that gave all that there was room for may have more.
        reached = isFull ? found.last?.position ?? end : end
        isAtHead = reached >= head
    }

    /// What was let go up to `pruned`: told to a reader that has found nothing yet, else the page ends here.
    fileprivate mutating func lose(through pruned: Int64) throws {
        guard !events.isEmpty else { throw EventFeedRefusal.pruned(through: pruned) }
        isCutOff = true
    }
}

extension Transaction {
    /// The next stretch. A reader that is behind what is kept is told, a supplier only of what named it; one that begins (0) begins
    /// with what is kept.
    func go(on before: FeedReading, at retailer: RetailerID) throws -> FeedReading {
        var reading = before
        let (head, pruned, lost) = try logEnds(of: retailer, to: before.supplier)
        if before.feed.after > 0, before.reached < lost {
            try reading.lose(through: lost)
            return reading
        }
        let start = max(before.reached, pruned)
        let end = min(head, start + FeedReading.stretchMax)
        guard start < end else {
            reading.take([], through: max(start, head), head: head)
            return reading
        }
        let found = try query(
            """
            SELECT position, event_id, type, subject_kind, subject_id, supplier_ids, occurred_at, data
            FROM event
            WHERE retailer_id = \(retailer) AND position > \(start) AND position <= \(end)
                AND (cardinality(\(before.feed.types)) = 0 OR type = ANY(\(before.feed.types)))
            ORDER BY position
            LIMIT \(before.feed.limit - before.events.count)
            """
        ) { row in try LoggedEvent(row: &row) }
        // Of what went between the two statements some may be missing.
        let gone = try logEnds(of: retailer, to: before.supplier).lost
        if before.feed.after > 0, start < gone {
            try reading.lose(through: gone)
            return reading
        }
        reading.take(found, through: end, head: head)
        return reading
    }

    /// `pruned`: what is kept begins after it. `lost`: through there something went that the reader should have seen.
    private func logEnds(
        of retailer: RetailerID, to supplier: SupplierID?
    ) throws -> (head: Int64, pruned: Int64, lost: Int64) {
        try first(
            """
            SELECT position, pruned_position,
                CASE WHEN \(supplier)::uuid IS NULL OR pruned_told < pruned_position THEN pruned_position
                    ELSE GREATEST(pruned_untold, COALESCE((
                        SELECT named.position
                        FROM pruned_of_supplier AS named
                        WHERE named.retailer_id = \(retailer) AND named.supplier_id = \(supplier)
                    ), 0)) END
            FROM log_head
            WHERE retailer_id = \(retailer)
            """
        ) { row in (head: try row.next(Int64.self), pruned: try row.next(Int64.self), lost: try row.next(Int64.self)) }
            ?? (0, 0, 0)
    }
}

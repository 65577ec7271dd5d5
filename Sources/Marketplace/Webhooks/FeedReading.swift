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
    private(set) var events: [LoggedEvent] = []
    /// The last position that was looked at.
    private(set) var reached: Int64
    private(set) var isAtHead = false

    init(_ feed: EventFeed) {
        self.feed = feed
        reached = feed.after
    }

    var isFull: Bool { events.count >= feed.limit }

    fileprivate mutating func take(_ found: [LoggedEvent], through end: Int64, head: Int64) {
        events += found
        // A stretch that gave all that there was room for may have more.
        reached = isFull ? found.last?.position ?? end : end
        isAtHead = reached >= head
    }
}

extension Transaction {
    /// The next stretch. A reader that is behind what is kept is told; one that begins (0) begins with what is kept.
    ///
    /// The page's `next_after` is the last event that the reader was shown: a position beyond would tell a supplier how much
    /// goes on that is not its business.
    func go(on before: FeedReading, at retailer: RetailerID) throws -> FeedReading {
        var reading = before
        let log = try first("SELECT position, pruned_position FROM log_head WHERE retailer_id = \(retailer)") { row in
            (head: try row.next(Int64.self), pruned: try row.next(Int64.self))
        }
        let (head, pruned) = log ?? (0, 0)
        if before.feed.after > 0, before.feed.after < pruned { throw EventFeedRefusal.pruned(through: pruned) }
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
        reading.take(found, through: end, head: head)
        return reading
    }
}

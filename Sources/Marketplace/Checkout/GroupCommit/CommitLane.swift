/// The bounds of a group commit on one node, for one retailer.
package struct CommitBounds: Sendable {
    /// Requests in one transaction.
    package var batchMax = 256
    /// Batches at work at once: one decides while another is flushed to disk.
    package var batchesMax = 2
    /// Requests that wait for a batch; beyond it they are refused at once.
    package var waitingMax = 512

    package init() {}
}

/// One retailer's requests on their way into transactions: a state machine without I/O.
///
/// While fewer than `batchesMax` batches are at work a request goes at once. Else it waits, and all that wait when a batch
/// ends go together, oldest first; two with the same key never do.
struct CommitLane<Ticket, Key: Hashable> {
    private let bounds: CommitBounds
    private var waiting: [(key: Key, ticket: Ticket)] = []
    private var batches = 0

    init(_ bounds: CommitBounds) {
        precondition(bounds.batchMax > 0 && bounds.batchesMax > 0 && bounds.waitingMax > 0, "a lane lets something through")
        self.bounds = bounds
    }

    enum Entered {
        /// It stands in the queue, or in the batch, which is to be started.
        case accepted(starting: [Ticket]?)
        case full
    }

    var isIdle: Bool { batches == 0 && waiting.isEmpty }

    var waitingCount: Int { waiting.count }

    mutating func enter(_ ticket: Ticket, key: Key) -> Entered {
        guard waiting.count < bounds.waitingMax else { return .full }
        waiting.append((key, ticket))
        return .accepted(starting: nextBatch())
    }

    /// A batch has ended; the one to be started in its place.
    mutating func batchEnded() -> [Ticket]? {
        precondition(batches > 0, "a batch ends once")
        batches -= 1
        return nextBatch()
    }

    private mutating func nextBatch() -> [Ticket]? {
        guard batches < bounds.batchesMax, !waiting.isEmpty else { return nil }
        var keys: Set<Key> = []
        var batch: [Ticket] = []
        var left: [(key: Key, ticket: Ticket)] = []
        for request in waiting {
            if batch.count < bounds.batchMax, keys.insert(request.key).inserted {
                batch.append(request.ticket)
            } else {
                left.append(request)
            }
        }
        waiting = left
        batches += 1
        return batch
    }
}

import Kernel

/// Successes of endpoints that answer well, counted in memory so that not each costs a write of its endpoint's row: written once a
/// second, or at once with a failure. What a crash loses of them makes a breaker open a little sooner. A state machine without I/O.
struct SuccessTally: Sendable {
    private struct Count {
        var successes = 0
        var writtenAt: ContinuousClock.Instant?
    }

    private var counts: [RetailerID: [EndpointID: Count]] = [:]

    /// Those that have something to be written.
    var retailers: [RetailerID] { counts.filter { $0.value.values.contains { $0.successes > 0 } }.map(\.key) }

    mutating func count(_ tries: [FinishedTry], of retailer: RetailerID) {
        for finished in tries where finished.isQuietSuccess && finished.isFirstOfMessage {
            counts[retailer, default: [:]][finished.delivery.endpoint, default: Count()].successes += 1
        }
    }

    /// What is to be written now: whatever was last written long enough ago, and of the endpoints that are written anyway.
    func due(
        of retailer: RetailerID, including endpoints: Set<EndpointID>, olderThan age: Duration, now: ContinuousClock.Instant
    ) -> [EndpointID: Int] {
        (counts[retailer] ?? [:]).filter { endpoint, count in
            count.successes > 0 && (endpoints.contains(endpoint) || count.writtenAt.map { now - $0 >= age } ?? true)
        }.mapValues(\.successes)
    }

    mutating func written(_ successes: [EndpointID: Int], of retailer: RetailerID, now: ContinuousClock.Instant) {
        for (endpoint, count) in successes {
            counts[retailer]?[endpoint]?.successes -= count
            counts[retailer]?[endpoint]?.writtenAt = now
        }
    }
}

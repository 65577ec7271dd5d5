import Synchronization

/// How many requests this node has under way. Endpoints in failure have places of their own, so that receivers that time
/// out never keep those waiting that answer.
final class DeliveryPlaces: Sendable {
    /// Places of both kinds.
    struct Free: Sendable, Hashable {
        var healthy: Int
        var failing: Int

        /// The part of one of several that ask at once; at least one where there is any.
        func divided(by count: Int) -> Free {
            Free(healthy: (healthy + count - 1) / count, failing: (failing + count - 1) / count)
        }
    }

    private let taken = Mutex(Free(healthy: 0, failing: 0))

    /// None where more are taken than there are: parts are rounded up.
    func free() -> Free {
        taken.withLock { taken in
            Free(
                healthy: max(0, DeliveryLimits.inFlightMax - taken.healthy),
                failing: max(0, DeliveryLimits.inFlightFailingMax - taken.failing))
        }
    }

    /// Places for what goes straight from the log: only endpoints that answer well, and some are left to the queue.
    func freeForDirect() -> Int { max(0, free().healthy - DeliveryLimits.inFlightQueuedMin) }

    func takeDirect(_ count: Int) { taken.withLock { $0.healthy += count } }

    func giveBackDirect() { taken.withLock { $0.healthy -= 1 } }

    func take(_ messages: [OutgoingMessage]) {
        taken.withLock { taken in
            for message in messages {
                if message.isFailing { taken.failing += 1 } else { taken.healthy += 1 }
            }
        }
    }

    func giveBack(_ message: OutgoingMessage) {
        taken.withLock { taken in
            if message.isFailing { taken.failing -= 1 } else { taken.healthy -= 1 }
        }
    }
}

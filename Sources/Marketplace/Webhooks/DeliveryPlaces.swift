import Synchronization

/// How many requests this node has under way. Endpoints in failure have places of their own, so that receivers that time
/// out never keep those waiting that answer.
final class DeliveryPlaces: Sendable {
    private let taken = Mutex((healthy: 0, failing: 0))

    func free(failing: Bool) -> Int {
        taken.withLock { taken in
            failing
                ? DeliveryLimits.inFlightFailingMax - taken.failing : DeliveryLimits.inFlightMax - taken.healthy
        }
    }

    func take(_ count: Int, failing: Bool) {
        taken.withLock { taken in
            if failing { taken.failing += count } else { taken.healthy += count }
        }
    }
}

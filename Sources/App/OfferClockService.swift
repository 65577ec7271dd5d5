package import Kernel
package import Logging
package import Offers
import ServiceLifecycle

/// Looks every few seconds for offers that are to be granted, taken back or told. A fault is logged and tried again.
package struct OfferClockService: Service {
    static let secondsBetween: Int64 = 5

    private let clock: OfferClock
    private let world: OutsideWorld
    private let logger: Logger

    package init(_ clock: OfferClock, _ world: OutsideWorld, _ logger: Logger) {
        self.clock = clock
        self.world = world
        self.logger = logger
    }

    package func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await clock.advance(world.now())
                } catch {
                    logger.error("the offer clock failed", metadata: ["fault": "\(error)"])
                }
                try await Task.sleep(for: .seconds(Self.secondsBetween))
            }
        }
    }
}

package import Kernel
package import Logging
package import Offers
import ServiceLifecycle
package import Webhooks

/// Looks for offers that are to be granted, taken back or told: every few seconds, and soon after a write.
package struct OfferClockService: Service {
    private let clock: OfferClock
    private let world: OutsideWorld
    private let hint: LogHint
    private let logger: Logger

    package init(_ clock: OfferClock, _ world: OutsideWorld, _ hint: LogHint, _ logger: Logger) {
        self.clock = clock
        self.world = world
        self.hint = hint
        self.logger = logger
    }

    package func run() async throws {
        let rounds = ClockRounds(hint: hint, logger: logger, fault: "the offer clock failed") {
            try await clock.advance(world.now())
        } one: { retailer in
            if try await clock.advance(retailer, at: world.now()) > 0 { hint.wake(retailer) }
        }
        try await rounds.run()
    }
}

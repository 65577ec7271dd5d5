package import Campaigns
package import Kernel
package import Logging
import ServiceLifecycle
package import Webhooks

/// Looks for campaigns whose time has come: every few seconds, and soon after a write.
package struct CampaignClockService: Service {
    private let clock: CampaignClock
    private let world: OutsideWorld
    private let hint: LogHint
    private let logger: Logger

    package init(_ clock: CampaignClock, _ world: OutsideWorld, _ hint: LogHint, _ logger: Logger) {
        self.clock = clock
        self.world = world
        self.hint = hint
        self.logger = logger
    }

    package func run() async throws {
        let rounds = ClockRounds(hint: hint, logger: logger, fault: "the campaign clock failed") {
            try await clock.advance(world.now())
        } one: { retailer in
            // What a step has changed concerns whoever follows: offers appear as a campaign starts.
            if try await clock.advance(world.now(), at: retailer) > 0 { hint.wake(retailer) }
        }
        try await rounds.run()
    }
}

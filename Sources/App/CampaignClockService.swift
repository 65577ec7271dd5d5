package import Campaigns
package import Kernel
package import Logging
import ServiceLifecycle

/// Looks every few seconds for campaigns whose time has come. A fault is logged and tried again: time does not stop for it.
package struct CampaignClockService: Service {
    static let secondsBetween: Int64 = 5

    private let clock: CampaignClock
    private let world: OutsideWorld
    private let logger: Logger

    package init(_ clock: CampaignClock, _ world: OutsideWorld, _ logger: Logger) {
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
                    logger.error("the campaign clock failed", metadata: ["fault": "\(error)"])
                }
                try await Task.sleep(for: .seconds(Self.secondsBetween))
            }
        }
    }
}

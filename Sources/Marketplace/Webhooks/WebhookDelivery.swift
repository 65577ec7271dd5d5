import EventLog
package import Kernel
package import Logging
import OutboundHTTP
package import Postgres
import ServiceLifecycle
import Tenancy

/// Sends events to endpoints, at least once each, for as long as the service runs. Any number of nodes may run it on one
/// database: the log's cursor, the endpoints' rows and the leases hold them apart.
///
/// Each round works on one retailer at a time: fan out what is new, claim what is due, send it beside everything else that
/// is under way. A round waits for PostgreSQL only, never for a receiver.
package struct WebhookDelivery: Service {
    private let database: Database
    private let settings: WebhookSettings
    private let rendering: EventRendering
    private let hint: LogHint
    private let metrics: DeliveryMetrics
    private let clock: DeliveryClock
    private let world: OutsideWorld
    private let logger: Logger
    private let client: OutboundClient
    private let writer: OutcomeWriter
    private let places = DeliveryPlaces()

    package init(
        _ database: Database, _ settings: WebhookSettings, rendering: EventRendering = .asStored, hint: LogHint,
        metrics: DeliveryMetrics, clock: DeliveryClock = .database, world: OutsideWorld, logger: Logger
    ) {
        self.database = database
        self.settings = settings
        self.rendering = rendering
        self.hint = hint
        self.metrics = metrics
        self.clock = clock
        self.world = world
        self.logger = logger
        client = OutboundClient(policy: settings.policy)
        writer = OutcomeWriter(database, clock, world, metrics, logger)
    }

    /// Until a graceful stop; tries that are under way then are given up and due again at once.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await hint.withListener { listener in
                await withDiscardingTaskGroup { group in
                    await work(listener, &group)
                    group.cancelAll()
                }
            }
        }
        await client.close()
    }

    private func work(_ listener: LogListener, _ group: inout DiscardingTaskGroup) async {
        var polled: ContinuousClock.Instant?
        var surveyed: ContinuousClock.Instant?
        while !Task.isCancelled {
            var woken = await listener.sleep(atMost: polled == nil ? .zero : .milliseconds(DeliveryLimits.pollMillis))
            if polled.map({ .now - $0 >= .milliseconds(DeliveryLimits.pollMillis) }) ?? true {
                woken.formUnion(await retailers())
                polled = .now
            }
            if surveyed.map({ .now - $0 >= .seconds(DeliveryLimits.surveySecondsMin) }) ?? true {
                for retailer in woken { await survey(retailer) }
                surveyed = .now
            }
            for retailer in woken.sorted() where !Task.isCancelled { await round(of: retailer, &group) }
        }
    }

    private func retailers() async -> [RetailerID] {
        await logged("retailers not read", nil) {
            try await database.read(as: .workerHome) { tx in try tx.retailersToDeliverFor() }
        } ?? []
    }

    private func round(of retailer: RetailerID, _ group: inout DiscardingTaskGroup) async {
        await logged("events not fanned out", retailer) { try await fanOut(retailer) }
        for failing in [false, true] {
            while !Task.isCancelled {
                let claimed = await logged("deliveries not claimed", retailer) { try await claim(retailer, failing: failing) }
                guard let claimed, !claimed.isEmpty else { break }
                for message in claimed {
                    group.addTask {
                        await send(message, failing: failing)
                        hint.wake(retailer)
                    }
                }
            }
        }
    }

    /// A fault of the database is logged and met again in the next round.
    @discardableResult
    private func logged<Value>(
        _ message: Logger.Message, _ retailer: RetailerID?, _ work: () async throws -> Value
    ) async -> Value? {
        do {
            return try await work()
        } catch {
            logger.error(message, metadata: ["retailer": "\(retailer.map { "\($0)" } ?? "")", "fault": "\(error)"])
            return nil
        }
    }
}

extension WebhookDelivery {
    /// Everything that is due for one retailer, once, to the end: what a test calls in place of waiting. Returns how many
    /// tries were made.
    @discardableResult
    package func deliverOnce(for retailer: RetailerID) async throws -> Int {
        await survey(retailer)
        try await fanOut(retailer)
        var count = 0
        for failing in [false, true] {
            let claimed = try await claim(retailer, failing: failing)
            count += claimed.reduce(0) { $0 + $1.deliveries.count }
            await withDiscardingTaskGroup { group in
                for message in claimed { group.addTask { await send(message, failing: failing) } }
            }
        }
        return count
    }

    package func fanOut(_ retailer: RetailerID) async throws {
        let step = FanOut(retailer: retailer, world: world)
        while try await database.transaction(as: .worker(retailer), { tx in try step.step(in: tx) }) > 0 {}
    }

    func claim(_ retailer: RetailerID, failing: Bool) async throws -> [OutgoingMessage] {
        let free = places.free(failing: failing)
        guard free > 0 else { return [] }
        let command = ClaimDeliveries(
            retailer: retailer, failing: failing, places: free, box: settings.secretBox, clock: clock, world: world)
        let start = ContinuousClock.now
        let claimed = try await database.transaction(as: .worker(retailer)) { tx in try command.run(in: tx) }
        metrics.recordClaim(.now - start)
        let messages = OutgoingMessage.messages(of: claimed)
        places.take(messages.count, failing: failing)
        return messages
    }

    /// What cannot be rendered is our fault and no try of the receiver's: it is due again when its lease is over.
    func send(_ message: OutgoingMessage, failing: Bool) async {
        let retailer = message.deliveries[0].retailer
        let events = await logged("event not rendered", retailer) {
            var events: [LoggedEvent] = []
            for delivery in message.deliveries { events.append(try await rendering.rendered(delivery.event, of: retailer)) }
            return events
        }
        if let events {
            let attempt = SendAttempt(client: client, timeout: settings.requestTimeout)
            await writer.write(await attempt.run(message, of: events), of: retailer)
        }
        places.take(-1, failing: failing)
    }

    /// Measures the queue, and makes the months in which attempts are logged.
    private func survey(_ retailer: RetailerID) async {
        await logged("queue not measured", retailer) {
            let queue = try await database.transaction(as: .worker(retailer)) { tx in
                let now = try clock.now(tx)
                try tx.attachAttemptMonths(around: now.utcDay)
                return try tx.queue(of: retailer, now: now)
            }
            metrics.record(queue, of: retailer)
        }
    }
}

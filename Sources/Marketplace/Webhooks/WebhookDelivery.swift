package import EventLog
package import Kernel
package import Logging
import OutboundHTTP
package import Postgres
import ServiceLifecycle
import Tenancy

/// Sends events to endpoints, at least once each, for as long as the service runs. Any number of nodes may run it on one
/// database: the log's cursor, the endpoints' rows and the leases hold them apart.
///
/// Loops beside each other, none of which waits for a receiver: one follows the logs, sends straight on what it can and queues the
/// rest; one claims what is due in the queue and sends it; one takes over what nodes that are gone had under way; one measures. A
/// log that grows without end keeps no delivery waiting.
package struct WebhookDelivery: Service {
    let database: Database
    let settings: WebhookSettings
    private let rendering: EventRendering
    /// Somebody wrote something.
    let hint: LogHint
    /// There are deliveries in the queue, or places for them.
    let ready = LogHint()
    /// There is room again for what is in the log.
    let roomy = LogHint()
    let metrics: DeliveryMetrics
    let clock: DeliveryClock
    let world: OutsideWorld
    private let logger: Logger
    private let client: OutboundClient
    let writer: OutcomeWriter
    let places = DeliveryPlaces()
    let lines = DeliveryLines()
    /// Names this worker in its spans.
    let node: Identifier

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
        node = Identifier(at: world.now(), random: (world.random(), world.random()))
        writer = OutcomeWriter(database, clock, world, metrics, logger)
    }

    /// Until a graceful stop; tries that are under way then are given up and due again at once.
    package func run() async throws {
        await writer.run {
            await cancelWhenGracefulShutdown {
                await withDiscardingTaskGroup { group in
                    group.addTask { await followLogs() }
                    group.addTask { await takeOver() }
                    group.addTask { await measureQueues() }
                    group.addTask { await deliver() }
                }
            }
        }
        await client.close()
    }

    /// Looks each second for spans of nodes that are gone: this node's own, too, where it was too slow.
    private func takeOver() async {
        while !Task.isCancelled {
            let retailers = await logged("overdue spans not read", nil) {
                try await database.read(as: .workerHome) { tx in try tx.retailersWithOverdueSpans(now: try clock.now(tx)) }
            }
            for retailer in retailers ?? [] { await logged("span not taken over", retailer) { try await takeOver(retailer) } }
            try? await Task.sleep(for: .milliseconds(DeliveryLimits.pollMillis))
        }
    }

    private func takeOver(_ retailer: RetailerID) async throws {
        let command = TakeOverSpan(retailer: retailer, clock: clock, world: world)
        let session = Scope.delivering(retailer)
        while try await database.transaction(as: session, { tx in try command.run(in: tx) }) { ready.wake(retailer) }
    }

    func waitForMonths() async {
        while !Task.isCancelled, !(await attachMonths()) {
            try? await Task.sleep(for: .milliseconds(DeliveryLimits.pollMillis))
        }
    }

    /// Each pass claims for all retailers that may have something, beside each other and a fair part of the places each.
    private func deliver() async {
        await waitForMonths()
        await withDiscardingTaskGroup { group in
            await follow(ready) { woken in
                let claimed = await claim(for: woken)
                for message in claimed {
                    group.addTask {
                        await send(message)
                        ready.wake(message.retailer)
                    }
                }
                return Set(claimed.map(\.retailer))
            }
            group.cancelAll()
        }
    }

    private func claim(for retailers: Set<RetailerID>) async -> [OutgoingMessage] {
        let share = places.free().divided(by: max(1, retailers.count))
        return await withTaskGroup(of: [OutgoingMessage].self) { group in
            for retailer in retailers {
                group.addTask {
                    await logged("deliveries not claimed", retailer) { try await claim(retailer, share) } ?? []
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
    }

    private func measureQueues() async {
        while !Task.isCancelled {
            _ = await attachMonths()
            for retailer in await retailers() where !Task.isCancelled {
                await survey(retailer)
                await writer.writeHealth(of: retailer)
            }
            try? await Task.sleep(for: .seconds(DeliveryLimits.surveySecondsMin))
        }
    }

    /// Passes over the retailers that a hint named, and each second over all: hints are of this node, polling is the truth. A
    /// pass returns those who have more.
    func follow(
        _ hint: LogHint, and other: LogHint? = nil, _ pass: (Set<RetailerID>) async -> Set<RetailerID>
    ) async {
        await hint.withListener { listener in
            guard let other else { return await follow(listener, pass) }
            await other.telling(listener) { await follow(listener, pass) }
        }
    }

    private func follow(_ listener: LogListener, _ pass: (Set<RetailerID>) async -> Set<RetailerID>) async {
        var polled: ContinuousClock.Instant?
        var more: Set<RetailerID> = []
        while !Task.isCancelled {
            let isIdle = more.isEmpty && polled != nil
            var woken = await listener.sleep(atMost: isIdle ? .milliseconds(DeliveryLimits.pollMillis) : .zero)
            woken.formUnion(more)
            if polled.map({ .now - $0 >= .milliseconds(DeliveryLimits.pollMillis) }) ?? true {
                woken.formUnion(await retailers())
                polled = .now
            }
            more = Task.isCancelled || woken.isEmpty ? [] : await pass(woken)
        }
    }

    private func retailers() async -> [RetailerID] {
        await logged("retailers not read", nil) {
            try await database.read(as: .workerHome) { tx in try tx.retailersToDeliverFor() }
        } ?? []
    }

    /// A fault of the database is logged and met again in the next pass.
    @discardableResult
    func logged<Value: Sendable>(
        _ message: Logger.Message, _ retailer: RetailerID?, _ work: () async throws -> Value
    ) async -> Value? {
        do {
            return try await work()
        } catch {
            // A stop ends statements that are under way.
            guard !Task.isCancelled else { return nil }
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
        _ = await attachMonths()
        await survey(retailer)
        try await takeOver(retailer)
        // What is due in the queue goes first: what is new may come into it.
        let messages = try await claim(retailer, places.free())
        let direct = try await sendFromLog(of: retailer)
        await withDiscardingTaskGroup { group in
            for message in messages { group.addTask { await send(message) } }
        }
        return messages.reduce(direct) { $0 + $1.deliveries.count }
    }

    /// Makes deliveries of all that is in the log, and sends nothing.
    package func fanOut(_ retailer: RetailerID) async throws {
        while try await fanOutSome(retailer, nil).events > 0 {}
    }

    func fanOutSome(_ retailer: RetailerID, _ room: DirectRoom?) async throws -> FanOut.Step {
        let step = FanOut(
            retailer: retailer, node: node, room: room, box: settings.secretBox, clock: clock, world: world)
        return try await database.transaction(as: Scope.delivering(retailer)) { tx in try step.step(in: tx) }
    }

    func claim(_ retailer: RetailerID, _ places: DeliveryPlaces.Free? = nil) async throws -> [OutgoingMessage] {
        let free = places ?? self.places.free()
        guard free.healthy > 0 || free.failing > 0 else { return [] }
        let command = ClaimDeliveries(retailer: retailer, places: free, box: settings.secretBox, clock: clock, world: world)
        let start = ContinuousClock.now
        let claimed = try await database.transaction(as: Scope.delivering(retailer)) { tx in try command.run(in: tx) }
        metrics.recordClaim(.now - start)
        let messages = OutgoingMessage.messages(of: claimed)
        self.places.take(messages)
        return messages
    }

    /// What cannot be rendered is our fault and no try of the receiver's: it is due again when its lease is over.
    func send(_ message: OutgoingMessage) async {
        if let tries = await tried(message) { await writer.write(tries, of: message.retailer) }
        places.giveBack(message)
    }

    /// Nil where an event of it could not be rendered.
    func tried(_ message: OutgoingMessage) async -> [FinishedTry]? {
        let events = await logged("event not rendered", message.retailer) {
            var events: [LoggedEvent] = []
            for delivery in message.deliveries {
                events.append(try await rendering.rendered(delivery.event, of: message.retailer))
            }
            return events
        }
        guard let events else { return nil }
        return await SendAttempt(client: client, timeout: settings.requestTimeout).run(message, of: events)
    }

    /// Makes the months in which attempts are logged: before anything is sent, since an outcome that finds no month is lost.
    private func attachMonths() async -> Bool {
        await logged("months not made", nil) {
            try await database.transaction(as: .workerHome) { tx in
                try tx.attachAttemptMonths(around: try clock.now(tx).utcDay)
            }
        } != nil
    }

    /// Measures the queue.
    private func survey(_ retailer: RetailerID) async {
        await logged("queue not measured", retailer) {
            let queue = try await database.transaction(as: .worker(retailer)) { tx in
                try tx.queue(of: retailer, now: try clock.now(tx))
            }
            metrics.record(queue, of: retailer)
        }
    }
}

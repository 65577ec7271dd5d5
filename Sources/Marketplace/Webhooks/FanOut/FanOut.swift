import EventLog
import Kernel
import Postgres
import Sealing

/// Follows one retailer's log in order. What is for an endpoint that answers goes straight to it, as a span of this node;
/// the rest becomes a delivery in the queue. The position moves in the same transaction, so that each event is fanned out once,
/// whatever dies in between.
struct FanOut: Sendable {
    let retailer: RetailerID
    let node: Identifier
    /// Nil: everything goes to the queue.
    let room: DirectRoom?
    let box: SecretBox
    let clock: DeliveryClock
    let world: OutsideWorld

    struct Step: Sendable {
        /// That were read; 0 where there is nothing new, or another node is at it.
        var events = 0
        var queued = 0
        /// To be sent now.
        var span: DeliverySpan?
        /// There is more, and no room for it.
        var isHeld = false
    }

    func step(in tx: borrowing Transaction) throws -> Step {
        guard let (position, head) = try tx.lockCursorBehindHead(of: retailer) else { return Step() }
        let last = min(head, position + Int64(DeliveryLimits.fanOutEventsMax))
        let audiences = try tx.audiences(of: retailer, after: position, through: last)
        guard !audiences.isEmpty else {
            try tx.moveCursor(of: retailer, to: last)
            return Step(events: Int(last - position))
        }
        let heard = try tx.heardEvents(of: retailer, after: position, through: last, by: audiences)
        let (now, claimed) = (try clock.now(tx), ContinuousClock.now)
        let ways = room == nil ? [:] : try tx.lockWays(to: Self.endpoints(of: heard), at: retailer, but: node, now: now)
        let plan = DirectPlan(heard, ways: ways, now: now, room: room)
        let reached = plan.cutAfter ?? last
        guard reached > position else { return Step(isHeld: true) }
        try tx.enqueue(plan.queued.map { pending($0.event, $0.audience) }, at: retailer)
        let span = try span(plan, ways, after: position, until: reached, at: now, claimed, in: tx)
        try tx.moveCursor(of: retailer, to: reached)
        return Step(
            events: Int(reached - position), queued: plan.queued.count, span: span, isHeld: plan.cutAfter != nil)
    }

    private static func endpoints(of heard: [HeardEvent]) -> [EndpointID] {
        Set(heard.lazy.flatMap { $0.audiences.lazy.map(\.endpoint) }).sorted()
    }

    private func pending(_ event: EventReference, _ audience: Audience) -> PendingDelivery {
        PendingDelivery(
            id: world.newID(), endpoint: audience.endpoint, supplier: audience.supplier, position: event.position,
            loggedOn: event.loggedOn, event: event.id, eventType: event.type)
    }

    /// Writes down what is taken straight from the log, and reads what it takes to send it.
    private func span(
        _ plan: DirectPlan, _ ways: [EndpointID: DirectWay], after position: Int64, until reached: Int64, at now: Instant,
        _ claimed: ContinuousClock.Instant, in tx: borrowing Transaction
    ) throws -> DeliverySpan? {
        guard !plan.direct.isEmpty, let room else { return nil }
        let id = Identifier(at: now, random: (world.random(), world.random()))
        let references = plan.direct.values.joined()
        let events = try tx.events(
            at: Array(Set(references.map(\.position))), on: Array(Set(references.map(\.loggedOn))), of: retailer)
        let keys = try tx.keys(of: plan.direct.keys.sorted(), at: retailer, now: now, box)
        let slots = plan.slots(ways, room)
        let lines = plan.direct.sorted { $0.key < $1.key }.compactMap { endpoint, references -> DirectLine? in
            guard let way = ways[endpoint] else { return nil }
            let deliveries = references.compactMap { reference in
                events[reference.position].map {
                    delivery(of: $0, reference, to: endpoint, way, keys[endpoint] ?? EndpointKeys(), id, now, claimed)
                }
            }
            return DirectLine(
                endpoint: endpoint, slots: slots[endpoint] ?? 1, messages: OutgoingMessage.messages(of: deliveries))
        }
        let span = DeliverySpan(id: id, retailer: retailer, afterPosition: position, untilPosition: reached, lines: lines)
        try tx.insert(span, of: node, until: now.adding(seconds: DeliveryLimits.leaseSeconds))
        let buckets = lines.compactMap { line in
            ways[line.endpoint].map { way in
                var bucket = way.bucket
                bucket.take(line.messages.count, at: now)
                return (line.endpoint, bucket)
            }
        }
        try tx.recordClaim(of: buckets, at: retailer, now: now)
        return span
    }

    private func delivery(
        of event: LoggedEvent, _ reference: EventReference, to endpoint: EndpointID, _ way: DirectWay, _ keys: EndpointKeys,
        _ span: Identifier, _ now: Instant, _ claimed: ContinuousClock.Instant
    ) -> ClaimedDelivery {
        ClaimedDelivery(
            retailer: retailer, id: world.newID(), endpoint: endpoint, supplier: way.supplier, hold: .direct(span),
            claimedAt: now, claimed: claimed, tries: 0, attempts: 0, createdAt: now, url: way.url, batchMax: way.batchMax,
            event: event, loggedOn: reference.loggedOn, keys: keys, isFailing: false, isQuiet: way.isQuiet)
    }
}

/// Puts into the queue what a node that is gone has not recorded of a span. Everything of it that is on file stays as it is.
struct TakeOverSpan: Sendable {
    let retailer: RetailerID
    let clock: DeliveryClock
    let world: OutsideWorld

    /// False where there is none.
    func run(in tx: borrowing Transaction) throws -> Bool {
        guard let (span, position, last) = try tx.lockOverdueSpan(of: retailer, now: try clock.now(tx)) else { return false }
        let audiences = try tx.audiences(of: retailer, after: position, through: last)
        let heard = try tx.heardEvents(of: retailer, after: position, through: last, by: audiences)
        let deliveries = heard.flatMap { item in
            item.audiences.map { audience in
                PendingDelivery(
                    id: world.newID(), endpoint: audience.endpoint, supplier: audience.supplier, position: item.event.position,
                    loggedOn: item.event.loggedOn, event: item.event.id, eventType: item.event.type)
            }
        }
        try tx.enqueue(deliveries, at: retailer)
        try tx.narrow([span: [:]], at: retailer)
        return true
    }
}

import Kernel
import Synchronization

/// What this node sends straight from the log: a line of messages for each endpoint, and so many requests at once as its newest
/// span has slots for. A state machine; whoever is told to begin a runner calls `next` until there is nothing more.
final class DeliveryLines: Sendable {
    struct Waiting: Sendable {
        let message: OutgoingMessage
        /// No request of its span is begun after this: it could outlast the lease.
        let beginsBefore: ContinuousClock.Instant
    }

    fileprivate struct Line {
        var waiting: [Waiting] = []
        var head = 0
        var slots = 0
        var runners = 0

        var isEmpty: Bool { head == waiting.count }

        mutating func takeFirst() -> Waiting? {
            guard !isEmpty else { return nil }
            defer { head += 1 }
            return waiting[head]
        }

        mutating func takeAll() -> [OutgoingMessage] {
            defer { (waiting, head) = ([], 0) }
            return waiting[head...].map(\.message)
        }
    }

    fileprivate struct State {
        var lines: [EndpointID: Line] = [:]
        var deliveries = 0
        /// Retailers whose log has more than there was room for, and since when.
        var held: [RetailerID: ContinuousClock.Instant] = [:]
    }

    private let state = Mutex(State())

    /// Endpoints that are being sent to, with their slots.
    var open: [EndpointID: Int] { state.withLock { $0.lines.mapValues(\.slots) } }

    /// How many more deliveries there is room for; nil, and the retailer is held, where that is not worth a step.
    func room(for retailer: RetailerID) -> Int? {
        state.withLock { state in
            guard state.hasRoom else {
                state.hold(retailer)
                return nil
            }
            return DeliveryLimits.directMax - state.deliveries
        }
    }

    /// The retailer's log has more than there is room for: it is named by `takeHeld` when there may be.
    func hold(_ retailer: RetailerID) { state.withLock { $0.hold(retailer) } }

    /// Whether it has been held for long, and what has no room is to be queued.
    func isOverdue(_ retailer: RetailerID) -> Bool {
        state.withLock { state in
            state.held[retailer].map { .now - $0 > .milliseconds(DeliveryLimits.heldMillisMax) } ?? false
        }
    }

    /// It got on.
    func release(_ retailer: RetailerID) { state.withLock { $0.held[retailer] = nil } }

    /// Those that are held, where there is room again.
    func takeHeld() -> [RetailerID] { state.withLock { $0.hasRoom ? Array($0.held.keys) : [] } }

    /// Takes a span in. One endpoint for each runner that is to begin.
    func add(_ span: DeliverySpan, beginsBefore: ContinuousClock.Instant) -> [EndpointID] {
        state.withLock { state in
            var runners: [EndpointID] = []
            for line in span.lines {
                state.lines[line.endpoint, default: Line()].add(line, beginsBefore)
                let begun = state.lines[line.endpoint]?.begin() ?? 0
                runners += Array(repeating: line.endpoint, count: begun)
            }
            state.deliveries += span.deliveryCount
            return runners
        }
    }

    /// The next message of a line; nil ends the runner.
    func next(of endpoint: EndpointID) -> Waiting? {
        state.withLock { state in
            guard let line = state.lines[endpoint] else { return nil }
            if line.runners <= line.slots, let next = state.lines[endpoint]?.takeFirst() { return next }
            if line.runners == 1 { state.lines[endpoint] = nil } else { state.lines[endpoint]?.runners -= 1 }
            return nil
        }
    }

    /// All that waits in a line, taken out of it: its receiver has failed.
    func drain(_ endpoint: EndpointID) -> [OutgoingMessage] { state.withLock { $0.lines[endpoint]?.takeAll() ?? [] } }

    /// So many deliveries have their outcome.
    func finish(_ count: Int) { state.withLock { $0.deliveries -= count } }
}

extension DeliveryLines.State {
    fileprivate var hasRoom: Bool { DeliveryLimits.directMax - deliveries >= DeliveryLimits.directRoomMin }

    fileprivate mutating func hold(_ retailer: RetailerID) {
        if held[retailer] == nil { held[retailer] = .now }
    }
}

extension DeliveryLines.Line {
    fileprivate mutating func add(_ line: DirectLine, _ beginsBefore: ContinuousClock.Instant) {
        if isEmpty { (waiting, head) = ([], 0) }
        waiting += line.messages.map { DeliveryLines.Waiting(message: $0, beginsBefore: beginsBefore) }
        slots = line.slots
    }

    /// How many runners are to begin, which then count.
    fileprivate mutating func begin() -> Int {
        let count = max(0, min(slots, waiting.count - head) - runners)
        runners += count
        return count
    }
}

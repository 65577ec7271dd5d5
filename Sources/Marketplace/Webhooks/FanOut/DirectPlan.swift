import EventLog
import Kernel

/// An event and the endpoints that it is for.
struct HeardEvent: Sendable {
    let event: EventReference
    let audiences: [Audience]
}

/// An endpoint that may be sent to straight from the log: enabled, answering, with nothing due in its queue. Its row is locked.
struct DirectWay: Sendable {
    let supplier: SupplierID?
    let url: String
    var bucket: TokenBucket
    let batchMax: Int
    let isQuiet: Bool
    /// Of the requests that may be under way to it, those that nobody else has.
    let slotsFree: Int
}

/// How much a node may take straight from the log now.
struct DirectRoom: Sendable, Hashable {
    /// Requests at once, beside those of lines that are open.
    let places: Int
    /// Deliveries, waiting or under way.
    let deliveries: Int
    /// Endpoints that this node is sending to, with their slots.
    let open: [EndpointID: Int]
    /// The log waited for room for long: what has none now is queued.
    var isOverdue = false
}

/// Which events of a stretch of the log go straight to which endpoints, which go to the queue, and where the stretch ends when
/// there is no more room. Pure.
struct DirectPlan: Sendable {
    private(set) var direct: [EndpointID: [EventReference]] = [:]
    private(set) var queued: [(event: EventReference, audience: Audience)] = []
    /// The last position that was dealt with; nil where all were. The rest waits for room: in the queue it would be slower, and so
    /// would be what follows it.
    private(set) var cutAfter: Int64?
    private var deliveries = 0

    /// - Parameter room: nil sends everything to the queue.
    init(_ heard: [HeardEvent], ways: [EndpointID: DirectWay], now: Instant, room: DirectRoom?) {
        guard let room else {
            queued = heard.flatMap { item in item.audiences.map { (item.event, $0) } }
            return
        }
        var opened = 0
        let messagesMax = ways.mapValues { min($0.bucket.tokens(at: now), DeliveryLimits.directPerEndpointMax) }
        for item in heard {
            let (straight, others) = Self.split(item, direct, ways, messagesMax)
            let fresh = straight.filter { direct[$0.endpoint] == nil && room.open[$0.endpoint] == nil }.map(\.endpoint)
            let fits = opened + fresh.count <= room.places && deliveries + straight.count <= room.deliveries
            // What could never have room does not wait for it.
            let isVast = fresh.count > DeliveryLimits.directPlacesMax || straight.count > DeliveryLimits.directMax
            guard fits || (room.isOverdue || isVast) && deliveries == 0 else {
                cutAfter = item.event.position - 1
                return
            }
            let crowd = Set(fits ? [] : fresh.dropFirst(room.places))
            for audience in straight {
                if !crowd.contains(audience.endpoint) {
                    direct[audience.endpoint, default: []].append(item.event)
                    deliveries += 1
                } else {
                    queued.append((item.event, audience))
                }
            }
            queued += others.map { (item.event, $0) }
            opened += fresh.count
        }
    }

    private static func split(
        _ item: HeardEvent, _ direct: [EndpointID: [EventReference]], _ ways: [EndpointID: DirectWay],
        _ messagesMax: [EndpointID: Int]
    ) -> (straight: [Audience], others: [Audience]) {
        var (straight, others) = ([Audience](), [Audience]())
        for audience in item.audiences {
            let count = (direct[audience.endpoint]?.count ?? 0) + 1
            if let way = ways[audience.endpoint], way.slotsFree > 0,
                OutgoingMessage.count(of: count, batchMax: way.batchMax) <= messagesMax[audience.endpoint] ?? 0
            {
                straight.append(audience)
            } else {
                others.append(audience)
            }
        }
        return (straight, others)
    }

    /// Requests at once for each endpoint: as many as its open line has or one, then more in turn for as long as there are places,
    /// free slots, and messages that could use them.
    func slots(_ ways: [EndpointID: DirectWay], _ room: DirectRoom) -> [EndpointID: Int] {
        let wanted = direct.compactMap { endpoint, events in
            ways[endpoint].map { way in
                (endpoint, min(way.slotsFree, OutgoingMessage.count(of: events.count, batchMax: way.batchMax)))
            }
        }.sorted { $0.0 < $1.0 }
        var slots = Dictionary(
            uniqueKeysWithValues: wanted.map { ($0.0, max(1, min(room.open[$0.0] ?? 1, ways[$0.0]?.slotsFree ?? 1))) })
        // Half of what is left: lines that end and begin again need places, too.
        var left = (room.places - wanted.count { room.open[$0.0] == nil }) / 2
        for round in 1..<DeliveryLimits.inFlightPerEndpointMax {
            for (endpoint, most) in wanted where most > round && slots[endpoint] == round && left > 0 {
                slots[endpoint] = round + 1
                left -= 1
            }
        }
        return slots
    }
}

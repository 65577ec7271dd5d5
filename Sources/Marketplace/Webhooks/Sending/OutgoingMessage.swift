import Crypto
import EventLog
import JSONText
import Kernel

enum BatchKind: IDKind { static let prefix = "batch" }

/// What goes to an endpoint in one request: one delivery, or up to `batchMax` where its owner asked for batches.
struct OutgoingMessage: Sendable {
    /// At least one, all of one endpoint, under one claim, in the order of the log.
    let deliveries: [ClaimedDelivery]

    var retailer: RetailerID { deliveries[0].retailer }
    /// The last request to its endpoint failed: it has a place of that kind.
    var isFailing: Bool { deliveries[0].isFailing }

    /// Claimed deliveries as messages; those of an endpoint without batches are a message each.
    static func messages(of claimed: [ClaimedDelivery]) -> [OutgoingMessage] {
        let byEndpoint = Dictionary(grouping: claimed, by: \.endpoint).sorted { $0.key < $1.key }
        return byEndpoint.flatMap { _, deliveries in
            let ordered = deliveries.sorted { $0.event.position < $1.event.position }
            let size = ordered[0].batchMax
            return stride(from: 0, to: ordered.count, by: size).map { start in
                OutgoingMessage(deliveries: Array(ordered[start..<min(start + size, ordered.count)]))
            }
        }
    }

    /// How many messages so many deliveries make.
    static func count(of deliveries: Int, batchMax: Int) -> Int { (deliveries + batchMax - 1) / batchMax }
}

/// The id and the bytes of a message.
struct MessageBody: Sendable {
    let id: String
    let bytes: [UInt8]
    /// Of the deliveries that were given: those at the end may not have found room.
    let count: Int

    /// One event as it is; the id is the event's, the same over all tries.
    init(_ envelope: Envelope) {
        id = "\(envelope.event.id)"
        bytes = envelope.jsonBytes
        count = 1
    }

    /// `{"events": [...]}`, as many from the front as a body may hold. The id follows from which events they are: a receiver that
    /// drops what it has seen by the message's id never drops an event that it has not.
    init(batch envelopes: [Envelope], bytesMax: Int) {
        var (bodies, size) = ([[UInt8]](), 16)
        for body in envelopes.lazy.map(\.jsonBytes) {
            guard bodies.isEmpty || size + body.count + 1 <= bytesMax else { break }
            size += body.count + 1
            bodies.append(body)
        }
        var json = JSONWriter(reserving: size)
        json.object { json in
            json.array("events", bodies) { json, body in json.raw(body) }
        }
        let names = envelopes.prefix(bodies.count).map { "\($0.event.id)" }.joined(separator: ",")
        let hash = SHA256.hash(data: Array(names.utf8)).prefix(16).reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
        let identifier = Identifier(high: UInt64(truncatingIfNeeded: hash >> 64), low: UInt64(truncatingIfNeeded: hash))
        id = "\(TypedID<BatchKind>(identifier))"
        bytes = json.bytes
        count = bodies.count
    }
}

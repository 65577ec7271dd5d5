package import EventLog
package import JSONText
package import Kernel
import Postgres

package enum DeliveryKind: IDKind { package static let prefix = "delivery" }
package typealias DeliveryID = TypedID<DeliveryKind>

/// One event on its way to one endpoint, through as many attempts as it takes.
package struct Delivery: Sendable, Hashable {
    package enum State: String, SQLWord, CaseIterable {
        case pending, delivered
        /// The tries are used up, or the receiver is gone. It can be sent again.
        case failed
        /// Its endpoint was deleted, or its event is no longer kept.
        case cancelled
    }

    package let id: DeliveryID
    package let endpoint: EndpointID
    package let event: EventID
    package let eventType: String
    package let sequence: Int64
    package let state: State
    package let attempts: Int32
    package let lastStatus: Int32?
    package let lastFailure: String?
    package let createdAt: Instant
    package let finishedAt: Instant?
    /// Nil where it is finished.
    package let nextAttemptAt: Instant?
}

extension Delivery: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", id)
            json.field("endpoint_id", endpoint)
            json.field("event_id", event)
            json.field("event_type", eventType)
            json.field("sequence", sequence)
            json.field("state", word: state)
            json.field("attempts", attempts)
            json.field("last_status", lastStatus)
            json.field("last_failure", lastFailure)
            json.field("created_at", createdAt)
            json.field("finished_at", finishedAt)
            json.field("next_attempt_at", nextAttemptAt)
        }
    }
}

/// One try as the log has it.
struct LoggedAttempt: Sendable, JSONWritable {
    let number: Int32
    let startedAt: Instant
    let dnsMicros: Int64
    let connectMicros: Int64
    let tlsMicros: Int64
    let firstByteMicros: Int64
    let totalMicros: Int64
    let remoteAddress: String?
    let status: Int32?
    let failure: String?
    let message: String?
    let answerHead: Bytes?

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("number", number)
            json.field("started_at", startedAt)
            json.object("durations_us") { json in
                json.field("dns", dnsMicros)
                json.field("connect", connectMicros)
                json.field("tls", tlsMicros)
                json.field("first_byte", firstByteMicros)
                json.field("total", totalMicros)
            }
            json.field("remote_address", remoteAddress)
            json.field("status", status)
            json.field("failure", failure)
            json.field("message", message)
            // Bytes that are no UTF-8 are replaced: the head is for a person to read.
            json.field("answer_head", answerHead.map { String(decoding: $0.array, as: UTF8.self) })
        }
    }
}

import HTTPSupport
package import JSONText
package import Kernel
import Postgres

package enum EndpointKind: IDKind { package static let prefix = "endpoint" }
package typealias EndpointID = TypedID<EndpointKind>

/// A URL that a retailer or a supplier has events sent to. It belongs to exactly one of them, and only its owner sees it.
package struct Endpoint: Sendable, Hashable {
    package static let perOwnerMax = 50
    package static let eventTypesMax = 100
    package static let rateMax: Int64 = 1000
    package static let rateDefault: Int32 = 100
    /// Events in one message, where its owner asks for batches.
    package static let batchMax: Int64 = 100

    package enum State: String, SQLWord, CaseIterable {
        case enabled
        /// By its owner: what is queued waits.
        case paused
        /// By the service: what is queued waits.
        case disabled
        /// Kept for the attempt log alone.
        case deleted
    }

    package enum DisabledReason: String, SQLWord, CaseIterable {
        /// The receiver answered 410.
        case gone
        /// Nothing succeeded for `EndpointHealth.disableAfterSeconds`.
        case failing
    }

    package let id: EndpointID
    /// Nil: the retailer's own.
    package let supplier: SupplierID?
    package var url: String
    package var description: String?
    /// Empty: every type.
    package var eventTypes: [String]
    package var ratePerSecond: Int32
    /// Events of one message at most. 1: no batches, each event is a message.
    package var batchMax: Int32
    /// Of `OwnHeaders`; the values are sealed.
    package var headerNames: [String]
    /// What verifies `v1a` signatures, the newest first. Empty: messages have none.
    package var publicKeys: [WebhookPublicKey]
    package var state: State
    package var disabledReason: DisabledReason?
    /// Rises with every change by a person.
    package var revision: Int64
    package let createdAt: Instant
    package let lastSuccessAt: Instant?
    package let lastFailureAt: Instant?
    package let failingSince: Instant?

    /// As `ETag` and `If-Match` have it.
    package var etag: String { "\"\(revision)\"" }
}

extension Endpoint: JSONWritable {
    package func write(to json: inout JSONWriter) { json.object(writeMembers) }

    func writeMembers(to json: inout JSONWriter) {
        json.field("id", id)
        json.field("supplier_id", supplier)
        json.field("url", url)
        json.field("description", description)
        json.field("event_types", eventTypes)
        json.field("rate_per_second", ratePerSecond)
        json.field("batch_max", batchMax)
        json.field("header_names", headerNames)
        json.field("public_keys", publicKeys.map(\.text))
        json.field("state", word: state)
        json.field("disabled_reason", disabledReason?.rawValue)
        json.field("created_at", createdAt)
        json.field("last_success_at", lastSuccessAt)
        json.field("last_failure_at", lastFailureAt)
        json.field("failing_since", failingSince)
    }
}

/// An endpoint at the one moment when its secret is shown.
package struct EndpointWithSecret: Sendable, JSONWritable {
    package let endpoint: Endpoint
    package let secret: WebhookSecret

    package func write(to json: inout JSONWriter) {
        json.object { json in
            endpoint.writeMembers(to: &json)
            json.field("secret", secret.text)
        }
    }
}

extension Fields {
    /// Names of event types such as `campaign.launched`; absent is nil, an empty list means all.
    func eventTypesIfPresent(_ name: String) -> [String]? {
        listIfPresent(name, max: Endpoint.eventTypesMax) { value in
            let text = try JSONValue.text(value, max: 64)
            guard EventTypeName.isValid(text) else {
                throw BadValue("not_an_event_type", "Must be a type like campaign.launched.")
            }
            return text
        }
    }
}

/// Dotted lower-case words.
enum EventTypeName {
    static func isValid(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count >= 2 && parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy(isWordByte) }
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "_")
    }
}

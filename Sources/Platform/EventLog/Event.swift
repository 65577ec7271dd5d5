package import JSONText
package import Kernel

package enum EventKind: IDKind { package static let prefix = "event" }
package typealias EventID = TypedID<EventKind>

/// A fact that is about to be appended to a retailer's log, in the transaction of its cause.
package struct Event: Sendable {
    /// Dotted, past tense: `campaign.launched`. Each has a schema in `Contracts/events`.
    package let type: String
    /// What it is about; `sequence` in the envelope rises for one subject.
    package let subject: EventSubject
    /// The suppliers who may read it. Empty: the retailer alone.
    package var suppliers: [SupplierID] = []
    /// Typed columns for followers, who do not read the body.
    package var campaign: Identifier?
    package var shopperKey: Int64?
    package var units: Int64?
    package var amountMinor: Int64?
    /// The body, an object of JSON.
    package let data: [UInt8]

    package init(
        _ type: String, about subject: EventSubject, suppliers: [SupplierID] = [], data: (inout JSONWriter) -> Void
    ) {
        self.type = type
        self.subject = subject
        self.suppliers = suppliers
        var json = JSONWriter()
        json.object(data)
        self.data = json.bytes
    }
}

/// A thing by its kind and id, opaque to whoever may not see the capability that owns it.
package struct EventSubject: Sendable, Hashable {
    package let kind: String
    package let id: String

    package init(kind: String, id: String) {
        self.kind = kind
        self.id = id
    }

    package init<Kind>(_ id: TypedID<Kind>) {
        kind = Kind.prefix
        self.id = id.description
    }
}

/// A fact as it stands in the log.
package struct LoggedEvent: Sendable {
    /// Gap-free and in commit order within its retailer.
    package let position: Int64
    package let id: EventID
    package let type: String
    package let subject: EventSubject
    package let suppliers: [SupplierID]
    package let occurredAt: Instant
    package let data: [UInt8]

    package init(
        position: Int64, id: EventID, type: String, subject: EventSubject, suppliers: [SupplierID], occurredAt: Instant,
        data: [UInt8]
    ) {
        self.position = position
        self.id = id
        self.type = type
        self.subject = subject
        self.suppliers = suppliers
        self.occurredAt = occurredAt
        self.data = data
    }
}

extension LoggedEvent {
    /// The same fact with another body: what a reader gets where the log keeps a reference.
    package func carrying(_ data: [UInt8]) -> LoggedEvent {
        LoggedEvent(
            position: position, id: id, type: type, subject: subject, suppliers: suppliers, occurredAt: occurredAt, data: data)
    }
}

package import EventLog
package import HTTPSupport
package import JSONText
package import Kernel
package import Tenancy

/// One write as the log keeps it: who, with which key, what, about which thing, why, before and after. Append-only.
package struct AuditEntry: Sendable {
    package let id: AuditEntryID
    package let occurredAt: Instant
    package let organisationKind: String
    package let organisationID: Identifier
    /// Nil for a service.
    package let person: PersonID?
    package let key: KeyID
    /// Where the person was at work in a browser.
    package let session: SessionID?
    package let requestID: String
    package let action: String
    package let subject: EventSubject
    package let reason: String?
    /// JSON as it was stored.
    package let before: [UInt8]?
    package let after: [UInt8]?
}

extension AuditEntry: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", id)
            json.field("occurred_at", occurredAt)
            json.field("organisation", OrganisationReference(kind: organisationKind, id: organisationID))
            json.field("person_id", person)
            json.field("key_id", key)
            json.field("session_id", session)
            json.field("request_id", requestID)
            json.field("action", action)
            json.field("subject_kind", subject.kind)
            json.field("subject_id", subject.id)
            json.field("reason", reason)
            json.name("before")
            json.raw(before ?? Array("null".utf8))
            json.name("after")
            json.raw(after ?? Array("null".utf8))
        }
    }
}

/// What a reader of the audit looks for; nil means any.
package struct AuditFilter: Sendable {
    let subjectKind: String?
    let subjectID: String?
    let action: String?
    let person: PersonID?
    let key: KeyID?
    let organisationKind: String?
    let requestID: String?
    /// From this moment on, and before that one.
    let from: Instant?
    let to: Instant?

    package init(_ fields: Fields) {
        subjectKind = fields.stringIfPresent("subject_kind", max: 64)
        subjectID = fields.stringIfPresent("subject_id", max: 512)
        action = fields.stringIfPresent("action", max: 128)
        person = fields.idIfPresent("person_id")
        key = fields.idIfPresent("key_id")
        organisationKind = fields.wordIfPresent("organisation_kind", OrganisationKind.self)?.rawValue
        requestID = fields.stringIfPresent("request_id", max: 128)
        from = fields.instantIfPresent("from")
        to = fields.instantIfPresent("to")
        if let from, let to, to < from { fields.refuse("to", "out_of_range", "Must not be before from.") }
        if subjectID != nil, subjectKind == nil { fields.refuse("subject_kind", "required", "Is required with subject_id.") }
    }
}

/// Who may have done something.
private enum OrganisationKind: String, CaseIterable {
    case platform, retailer, supplier, auditor
}

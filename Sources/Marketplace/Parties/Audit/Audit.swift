package import EventLog
package import JSONText
package import Kernel
package import Postgres
import Tenancy

package enum AuditEntryKind: IDKind { package static let prefix = "audit" }
package typealias AuditEntryID = TypedID<AuditEntryKind>

/// Limits of the audit.
package enum Audit {
    /// Why somebody did something, in its own words.
    package static let reasonCharactersMax = 1_000
    /// Entries of a page; each carries a thing before and after.
    static let pageMax = 100
}

extension Transaction {
    /// Stores who did what and why, with the thing before and after, in the transaction of the change.
    package func audit(
        _ author: Author, _ action: StaticString, about subject: EventSubject, reason: String? = nil,
        before: (any JSONWritable)? = nil, after: (any JSONWritable)? = nil
    ) throws {
        let id = author.world.newID(AuditEntryID.self)
        let principal = author.principal
        try execute(
            """
            INSERT INTO audit_entry (
                retailer_id, entry_id, occurred_at, organisation_kind, organisation_id, supplier_id, person_id, key_id,
                session_id, request_id, action, subject_kind, subject_id, reason, before, after
            )
            VALUES (
                \(author.scope.auditTenant), \(id), \(author.world.now()), \(principal.organisation.kind),
                \(principal.organisation.id), \(author.scope.auditSupplier), \(principal.person), \(principal.key),
                \(principal.session), \(author.requestID), \("\(action)"), \(subject.kind), \(subject.id), \(reason),
                \(before.map { JSONB($0.jsonBytes) }), \(after.map { JSONB($0.jsonBytes) })
            )
            """)
    }
}

extension Scope {
    /// The retailer whose log the entry stands in; all zeros outside one.
    fileprivate var auditTenant: Identifier {
        switch self {
        case .retailer(let id), .supplier(_, let id), .worker(let id): id.value
        case .supplierHome, .platform, .authentication, .workerHome: Identifier(high: 0, low: 0)
        }
    }

    fileprivate var auditSupplier: SupplierID? {
        switch self {
        case .supplier(let id, _), .supplierHome(let id): id
        default: nil
        }
    }
}

extension Organisation {
    /// As the columns `organisation_kind` have it.
    package var kind: String {
        switch self {
        case .platform: "platform"
        case .retailer: "retailer"
        case .supplier: "supplier"
        case .auditor: "auditor"
        }
    }
}

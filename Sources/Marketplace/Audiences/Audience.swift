package import JSONText
package import Kernel

package enum AudienceKind: IDKind { package static let prefix = "audience" }
package typealias AudienceID = TypedID<AudienceKind>

/// A saved predicate under a name, as it stands at its newest version. The retailer's own, or one supplier's: then that
/// organisation shares it, the retailer may read it, and no other supplier knows of it.
package struct Audience: Sendable, Hashable {
    package let id: AudienceID
    /// Nil: the retailer's own.
    package let supplier: SupplierID?
    package let name: String
    /// Rises with each change. Earlier versions stay, since campaigns refer to them.
    package let version: Int64
    package let predicate: Predicate
    package let createdAt: Instant
    package let archivedAt: Instant?
}

extension Audience: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", id)
            json.field("supplier_id", supplier)
            json.field("name", name)
            json.field("version", version)
            json.field("predicate", predicate)
            json.field("created_at", createdAt)
            json.field("archived_at", archivedAt)
        }
    }
}

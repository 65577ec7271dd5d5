package import JSONText
package import Kernel
import Tenancy

package enum AuditorGrantKind: IDKind { package static let prefix = "auditor_grant" }
package typealias AuditorGrantID = TypedID<AuditorGrantKind>

/// Both sides of an agreement let somebody from outside read its statements and the receipt lines behind them, for a time.
/// The key is made by the retailer, whose receipts they are, once both have granted. Either side ends it.
package struct AuditorGrant: Sendable, Hashable {
    static let daysMax: Int64 = 90
    static let daysUsual: Int64 = 30

    let id: AuditorGrantID
    let agreement: AgreementID
    let supplier: SupplierID
    let name: String
    let reason: String
    let createdAt: Instant
    let expiresAt: Instant
    var byRetailer: Consent?
    var bySupplier: Consent?
    var key: KeyID?
    var revokedAt: Instant?

    /// A side's person said yes.
    struct Consent: Sendable, Hashable, JSONWritable {
        let person: PersonID
        let at: Instant

        func write(to json: inout JSONWriter) {
            json.object { json in
                json.field("person_id", person)
                json.field("at", at)
            }
        }
    }

    enum Side: Sendable {
        case retailer, supplier
    }

    subscript(side: Side) -> Consent? {
        get { side == .retailer ? byRetailer : bySupplier }
        set { if side == .retailer { byRetailer = newValue } else { bySupplier = newValue } }
    }

    func isOver(at now: Instant) -> Bool { revokedAt != nil || expiresAt <= now }
}

extension AuditorGrant: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", id)
            json.field("agreement_id", agreement)
            json.field("supplier_id", supplier)
            json.field("name", name)
            json.field("reason", reason)
            json.field("created_at", createdAt)
            json.field("expires_at", expiresAt)
            json.field("granted_by_retailer", byRetailer)
            json.field("granted_by_supplier", bySupplier)
            json.field("key_id", key)
            json.field("revoked_at", revokedAt)
        }
    }
}

package import JSONText
package import Kernel
import Tenancy

package enum InvitationKind: IDKind { package static let prefix = "invitation" }
package typealias InvitationID = TypedID<InvitationKind>

/// Somebody is asked to work for an organisation with these roles. It is accepted once, before it expires, unless it was
/// revoked.
package struct Invitation: Sendable, Hashable {
    /// How long an invitation may stand open, and how long it does where nobody says otherwise.
    package static let hoursMax: Int64 = 14 * 24
    package static let hoursUsual: Int64 = 72

    let id: InvitationID
    let organisationKind: String
    let organisationID: Identifier
    let displayName: String
    let roles: [String]
    /// The only person who may accept it, where it is for somebody who is known already.
    let person: PersonID?
    let createdAt: Instant
    let createdBy: PersonID
    let expiresAt: Instant
    var revokedAt: Instant?
    var acceptedAt: Instant?
    var acceptedBy: PersonID?

    func isOpen(at now: Instant) -> Bool { revokedAt == nil && acceptedAt == nil && now < expiresAt }
}

extension Invitation: JSONWritable {
    package func write(to json: inout JSONWriter) { json.object(writeMembers) }

    func writeMembers(to json: inout JSONWriter) {
        json.field("id", id)
        json.field("organisation", OrganisationReference(kind: organisationKind, id: organisationID))
        json.field("display_name", displayName)
        json.field("roles", roles)
        json.field("person_id", person)
        json.field("created_at", createdAt)
        json.field("created_by", createdBy)
        json.field("expires_at", expiresAt)
        json.field("revoked_at", revokedAt)
        json.field("accepted_at", acceptedAt)
        json.field("accepted_by", acceptedBy)
    }
}

/// An invitation at the one moment when its token is shown.
struct IssuedInvitation: Sendable, JSONWritable {
    let invitation: Invitation
    let token: InvitationToken

    func write(to json: inout JSONWriter) {
        json.object { json in
            invitation.writeMembers(to: &json)
            json.field("token", token.text)
        }
    }
}

/// What came of an invitation: who works for whom now, and the first key there, whose token is shown this once.
struct AcceptedInvitation: Sendable, JSONWritable {
    let membership: Membership
    let issued: IssuedKey

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("membership", membership)
            json.field("key", issued)
        }
    }
}

package import JSONText
import Kernel
import Tenancy

/// A person at work in a browser: by the grace of one of its keys, with no more than the key's roles, for a few minutes or
/// hours. It ends with its key.
package struct WorkSession: Sendable, Hashable {
    /// How long a session lasts where nobody says otherwise, and at most.
    package static let secondsUsual: Int64 = 15 * 60
    package static let secondsMax: Int64 = 12 * 3600
    /// Sessions of one key at once.
    package static let openMax = 20

    let id: SessionID
    let key: KeyID
    let organisationKind: String
    let organisationID: Identifier
    let person: PersonID
    let roles: [String]
    let createdAt: Instant
    let expiresAt: Instant
    var revokedAt: Instant?
}

extension WorkSession: JSONWritable {
    package func write(to json: inout JSONWriter) { json.object(writeMembers) }

    func writeMembers(to json: inout JSONWriter) {
        json.field("id", id)
        json.field("key_id", key)
        json.field("person_id", person)
        json.field("organisation", OrganisationReference(kind: organisationKind, id: organisationID))
        json.field("roles", roles)
        json.field("created_at", createdAt)
        json.field("expires_at", expiresAt)
        json.field("revoked_at", revokedAt)
    }
}

/// A session at the one moment when its token is shown.
struct OpenedSession: Sendable, JSONWritable {
    let session: WorkSession
    let token: SessionToken

    func write(to json: inout JSONWriter) {
        json.object { json in
            session.writeMembers(to: &json)
            json.field("token", token.text)
        }
    }
}

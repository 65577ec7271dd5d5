package import JSONText
package import Kernel
package import Tenancy

/// A key as it stands, without its secret.
package struct APIKey: Sendable, Hashable {
    package let id: KeyID
    package let organisationKind: String
    package let organisationID: Identifier
    package let person: PersonID?
    package let name: String
    package let roles: [String]
    /// The stores that a till's key is bound to; nil means any.
    package let stores: [ExternalID]?
    package let createdAt: Instant
    package var expiresAt: Instant?
    package var revokedAt: Instant?
    package let lastUsedAt: Instant?
    /// The key that took its place.
    package var replacedBy: KeyID?
}

extension APIKey: JSONWritable {
    package func write(to json: inout JSONWriter) { json.object(writeMembers) }

    func writeMembers(to json: inout JSONWriter) {
        json.field("id", id)
        json.field("name", name)
        json.field("roles", roles)
        json.field("person_id", person)
        json.field("store_ids", stores)
        json.field("created_at", createdAt)
        json.field("expires_at", expiresAt)
        json.field("revoked_at", revokedAt)
        json.field("last_used_at", lastUsedAt)
        json.field("replaced_by", replacedBy)
    }
}

/// A key at the one moment when its token is shown.
package struct IssuedKey: Sendable, JSONWritable {
    package let key: APIKey
    package let token: KeyToken

    package func write(to json: inout JSONWriter) {
        json.object { json in
            key.writeMembers(to: &json)
            json.field("token", token.text)
        }
    }
}

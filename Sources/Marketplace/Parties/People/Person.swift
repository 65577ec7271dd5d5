package import JSONText
package import Kernel
package import Tenancy

/// A human being who works for one or several organisations. Confirmations compare persons, not keys.
package struct Person: Sendable, Hashable {
    package let id: PersonID
    package let displayName: String
    /// How an organisation's own directory names it.
    package let externalID: ExternalID?
    package let createdAt: Instant
}

/// The roles that a person holds in one organisation. Its keys there carry no other, and none once it has ended.
package struct Membership: Sendable, Hashable {
    package let person: Person
    package let organisationKind: String
    package let organisationID: Identifier
    package var roles: [String]
    package let createdAt: Instant
    package var endedAt: Instant?
}

extension Person: JSONWritable {
    package func write(to json: inout JSONWriter) { json.object(writeMembers) }

    func writeMembers(to json: inout JSONWriter) {
        json.field("id", id)
        json.field("display_name", displayName)
        json.field("external_id", externalID)
        json.field("created_at", createdAt)
    }
}

extension Membership: JSONWritable {
    /// As one of the organisation's persons, or as one of the person's organisations: both ends are named.
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("person", person)
            json.field("organisation", OrganisationReference(kind: organisationKind, id: organisationID))
            json.field("roles", roles)
            json.field("created_at", createdAt)
            json.field("ended_at", endedAt)
        }
    }
}

/// A person with all its memberships, for the platform.
struct PersonWithMemberships: Sendable, JSONWritable {
    let person: Person
    let memberships: [Membership]

    func write(to json: inout JSONWriter) {
        json.object { json in
            person.writeMembers(to: &json)
            json.field("memberships", memberships)
        }
    }
}

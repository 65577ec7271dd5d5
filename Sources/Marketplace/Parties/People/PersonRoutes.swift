import EventLog
package import HTTPSupport
import HTTPTypes
import Kernel
package import Postgres
import Tenancy

/// People and what they may do where. The platform writes; an organisation's admin reads its own people.
///
/// POST   /v1/persons                                         make known
/// GET    /v1/persons                                         list
/// GET    /v1/persons/{person_id}                             one, with its memberships
/// GET    /v1/retailers/{retailer_id}/persons                 an organisation's people
/// PUT    /v1/retailers/{retailer_id}/persons/{person_id}     give exactly these roles
/// DELETE /v1/retailers/{retailer_id}/persons/{person_id}     end the membership
/// and the last three under /v1/suppliers/{supplier_id}/persons and /v1/platform/persons.
package struct PersonRoutes: Sendable {
    /// Organisations of one person that are shown.
    static let membershipsMax = 1_000

    private let database: Database

    package init(_ database: Database) { self.database = database }

    package var routes: [Route] {
        [
            Route(.post, "/v1/persons", "createPerson", access: .platform, idempotency: .optional, handle: create),
            Route(.get, "/v1/persons", "listPersons", access: .platform, handle: list),
            Route(.get, "/v1/persons/{person_id}", "getPerson", access: .platform, handle: show),
        ]
            + routes(under: "/v1/retailers/{retailer_id}/persons", "Retailer", .platform | .retailer(.admin)) { call in
                .retailer(try call.retailerID())
            }
            + routes(under: "/v1/suppliers/{supplier_id}/persons", "Supplier", .platform | .supplier(.admin)) { call in
                .supplier(try call.id("supplier_id"))
            }
            + routes(under: "/v1/platform/persons", "Platform", .platform) { _ in .platform }
    }

    private func routes(
        under path: String, _ name: String, _ readers: Access, owner: @escaping @Sendable (Call) throws -> KeyOwner
    ) -> [Route] {
        [
            Route(.get, path, "list\(name)Persons", access: readers) { call in try await listMembers(call, owner(call)) },
            Route(.put, path + "/{person_id}", "put\(name)Person", access: .platform) { call in
                let person: PersonID = try call.id("person_id")
                let owner = try owner(call)
                return try await change(call, owner, call.json { ChangeMembership.give($0, in: owner, to: person) })
            },
            Route(.delete, path + "/{person_id}", "end\(name)Person", access: .platform) { call in
                let owner = try owner(call)
                return try await change(call, owner, .end(call.id("person_id"), in: owner))
            },
        ]
    }

    private func create(_ call: Call) async throws -> Reply {
        let (name, externalID) = try call.json { fields in
            (fields.string("display_name", max: 200), fields.externalIDIfPresent("external_id"))
        }
        return try await call.write(database) { tx in
            let person = Person(
                id: call.world.newID(), displayName: name, externalID: externalID, createdAt: call.world.now())
            try tx.insert(person)
            try tx.audit(Author(call), "person.created", about: EventSubject(person.id), after: person)
            return .created(person, at: "/v1/persons/\(person.id)")
        }
    }

    private func list(_ call: Call) async throws -> Reply {
        let page = try call.query(PageRequest.init(_:))
        let after = try page.id(PersonID.self)
        let persons = try await database.read(as: call.scope) { tx in try tx.persons(after: after, limit: page.limit + 1) }
        return .json(Page(persons, page) { "\($0.id)" })
    }

    private func show(_ call: Call) async throws -> Reply {
        let id: PersonID = try call.id("person_id")
        let found = try await database.read(as: call.scope) { tx in
            try tx.person(id).map { PersonWithMemberships(person: $0, memberships: try tx.memberships(of: id)) }
        }
        guard let found else { throw Problem.notFound("person") }
        return .json(found)
    }

    private func listMembers(_ call: Call, _ owner: KeyOwner) async throws -> Reply {
        let page = try call.query(PageRequest.init(_:))
        let after = try page.id(PersonID.self)
        let memberships = try await database.read(as: call.organisationScope) { tx in
            try tx.memberships(in: owner.organisation, after: after, limit: page.limit + 1)
        }
        return .json(Page(memberships, page) { "\($0.person.id)" })
    }

    private func change(_ call: Call, _ owner: KeyOwner, _ command: ChangeMembership) async throws -> Reply {
        try await call.write(database, as: call.organisationScope) { tx in
            .json(try command.run(in: tx, by: Author(call, at: owner)))
        }
    }
}

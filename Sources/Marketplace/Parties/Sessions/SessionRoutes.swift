package import HTTPSupport
import HTTPTypes
import Kernel
package import Postgres
import Tenancy

/// POST   /v1/retailers/{retailer_id}/sessions                  a key becomes a session; its token is in this answer alone
/// GET    /v1/retailers/{retailer_id}/sessions                  those that are open: one's own, to an admin all
/// DELETE /v1/retailers/{retailer_id}/sessions/{session_id}     sign out, or sign somebody out
/// and the same under /v1/suppliers/{supplier_id}/sessions and /v1/platform/sessions.
package struct SessionRoutes: Sendable {
    private let database: Database
    private let environment: KeyToken.Environment

    package init(_ database: Database, _ environment: KeyToken.Environment) {
        self.database = database
        self.environment = environment
    }

    package var routes: [Route] {
        routes(under: "/v1/retailers/{retailer_id}/sessions", "Retailer", .anyRetailerRole) { call in
            .retailer(try call.retailerID())
        }
            + routes(under: "/v1/suppliers/{supplier_id}/sessions", "Supplier", .anySupplierRole) { call in
                .supplier(try call.id("supplier_id"))
            }
            + routes(under: "/v1/platform/sessions", "Platform", .platform) { _ in .platform }
    }

    private func routes(
        under path: String, _ name: String, _ access: Access, owner: @escaping @Sendable (Call) throws -> KeyOwner
    ) -> [Route] {
        [
            Route(.post, path, "open\(name)Session", access: access) { call in try await open(call, owner(call)) },
            Route(.get, path, "list\(name)Sessions", access: access) { call in try await list(call, owner(call)) },
            Route(.delete, path + "/{session_id}", "end\(name)Session", access: access) { call in
                try await end(call, owner(call))
            },
        ]
    }

    /// Takes no Idempotency-Key: a remembered answer would be a stored secret.
    private func open(_ call: Call, _ owner: KeyOwner) async throws -> Reply {
        let command = try call.json { OpenSession($0, at: owner) }
        return try await call.write(database) { [environment] tx in
            let opened = try command.run(in: tx, by: Author(call), environment)
            return .created(opened, at: "\(call.path)/\(opened.session.id)")
        }
    }

    private func list(_ call: Call, _ owner: KeyOwner) async throws -> Reply {
        let page = try call.query(PageRequest.init(_:))
        let after = try page.id(SessionID.self)
        let principal = call.principal
        guard principal.organisation.isAdmin || principal.person != nil else {
            return .json(Page([WorkSession](), page) { "\($0.id)" })
        }
        let person = principal.organisation.isAdmin ? nil : principal.person
        let sessions = try await database.read(as: call.scope) { tx in
            try tx.sessions(of: owner.organisation, person: person, at: call.world.now(), after: after, limit: page.limit + 1)
        }
        return .json(Page(sessions, page) { "\($0.id)" })
    }

    private func end(_ call: Call, _ owner: KeyOwner) async throws -> Reply {
        let command = EndSession(id: try call.id("session_id"), owner: owner)
        return try await call.write(database) { tx in
            try command.run(in: tx, by: Author(call))
            return .noContent
        }
    }
}

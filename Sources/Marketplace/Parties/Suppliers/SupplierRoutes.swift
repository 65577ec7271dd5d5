import EventLog
package import HTTPSupport
import HTTPTypes
import Kernel
package import Postgres
import Tenancy

/// POST /v1/suppliers                    the platform takes on a supplier
/// GET  /v1/suppliers                    all of them
/// GET  /v1/suppliers/{supplier_id}      one, for itself and the platform
package struct SupplierRoutes: Sendable {
    private let database: Database

    package init(_ database: Database) { self.database = database }

    package var routes: [Route] {
        [
            Route(.post, "/v1/suppliers", "createSupplier", access: .platform, idempotency: .optional, handle: create),
            Route(.get, "/v1/suppliers", "listSuppliers", access: .platform, handle: list),
            Route(
                .get, "/v1/suppliers/{supplier_id}", "getSupplier", access: .platform | .anySupplierRole, handle: show),
        ]
    }

    private func create(_ call: Call) async throws -> Reply {
        let name = try call.json { $0.string("name", max: 200) }
        return try await call.write(database) { tx in
            let supplier = Supplier(id: call.world.newID(), name: name, createdAt: call.world.now())
            try tx.insert(supplier)
            try tx.audit(Author(call), "supplier.created", about: EventSubject(supplier.id), after: supplier)
            return .created(supplier, at: "/v1/suppliers/\(supplier.id)")
        }
    }

    private func list(_ call: Call) async throws -> Reply {
        let page = try call.query(PageRequest.init)
        let after = try page.id(SupplierID.self)
        let suppliers = try await database.read(as: call.scope) { tx in
            try tx.suppliers(after: after, limit: page.limit + 1)
        }
        return .json(Page(suppliers, page) { "\($0.id)" })
    }

    private func show(_ call: Call) async throws -> Reply {
        let id: SupplierID = try call.id("supplier_id")
        let supplier = try await database.read(as: call.scope) { tx in try tx.supplier(id) }
        guard let supplier else { throw Problem.notFound("supplier") }
        return .json(supplier)
    }
}

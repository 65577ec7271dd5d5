package import HTTPSupport
import HTTPTypes
import Kernel
package import Postgres
import Tenancy

/// POST /v1/retailers                    the platform takes on a tenant
/// GET  /v1/retailers                    the platform's tenants
/// GET  /v1/retailers/{retailer_id}      one tenant, for itself, its suppliers and the platform
package struct RetailerRoutes: Sendable {
    private let database: Database

    package init(_ database: Database) { self.database = database }

    package var routes: [Route] {
        [
            Route(.post, "/v1/retailers", "createRetailer", access: .platform, idempotency: .optional, handle: create),
            Route(.get, "/v1/retailers", "listRetailers", access: .platform, handle: list),
            Route(
                .get, "/v1/retailers/{retailer_id}", "getRetailer",
                access: .platform | .anyRetailerRole | .anySupplierRole, handle: show),
        ]
    }

    private func create(_ call: Call) async throws -> Reply {
        let command = try call.json(CreateRetailer.init)
        return try await call.write(database) { tx in
            let retailer = try command.run(in: tx, by: Author(call))
            return .created(retailer, at: "/v1/retailers/\(retailer.id)")
        }
    }

    private func list(_ call: Call) async throws -> Reply {
        let page = try call.query(PageRequest.init)
        let after = try page.id(RetailerID.self)
        let retailers = try await database.read(as: call.scope) { tx in
            try tx.retailers(after: after, limit: page.limit + 1)
        }
        return .json(Page(retailers, page) { "\($0.id)" })
    }

    private func show(_ call: Call) async throws -> Reply {
        let id = try call.retailerID()
        let retailer = try await database.read(as: call.scope) { tx in try tx.retailer(id) }
        guard let retailer else { throw Problem.notFound("retailer") }
        return .json(retailer)
    }
}

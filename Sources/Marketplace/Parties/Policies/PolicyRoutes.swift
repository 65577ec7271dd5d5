package import HTTPSupport
import HTTPTypes
import Kernel
package import Postgres
import Tenancy

/// GET   /v1/retailers/{retailer_id}/policy     the retailer's settings
/// PATCH /v1/retailers/{retailer_id}/policy     change some of them, with If-Match
package struct PolicyRoutes: Sendable {
    private let database: Database

    package init(_ database: Database) { self.database = database }

    package var routes: [Route] {
        let path = "/v1/retailers/{retailer_id}/policy"
        let access: Access = .platform | .retailer(.admin)
        return [
            Route(.get, path, "getPolicy", access: access, handle: show),
            Route(.patch, path, "editPolicy", access: access, handle: edit),
        ]
    }

    private func show(_ call: Call) async throws -> Reply {
        let retailer = try call.retailerID()
        let policy = try await database.read(as: call.scope) { tx in
            guard try tx.retailer(retailer) != nil else { throw Problem.notFound("retailer") }
            return try tx.policy(of: retailer)
        }
        return .json(policy).tagged(version: policy.version)
    }

    private func edit(_ call: Call) async throws -> Reply {
        let command = EditPolicy(retailer: try call.retailerID(), ifMatch: try call.ifMatch())
        return try await call.write(database) { tx in
            let policy = try command.run(in: tx, by: Author(call)) { old in try call.json { PolicySettings($0, over: old) } }
            return .json(policy).tagged(version: policy.version)
        }
    }
}

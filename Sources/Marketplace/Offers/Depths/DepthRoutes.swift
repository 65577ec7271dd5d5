package import HTTPSupport
import HTTPTypes
import Kernel
import Parties
package import Postgres
import Tenancy

/// POST /v1/retailers/{retailer_id}/depth-rules/preview    of how many shoppers each rule is true
package struct DepthRoutes: Sendable {
    private let database: Database

    package init(_ database: Database) { self.database = database }

    package var routes: [Route] {
        [
            Route(
                .post, "/v1/retailers/{retailer_id}/depth-rules/preview", "previewDepthRules",
                access: .retailer(.admin, .approver, .marketer, .analyst), handle: preview)
        ]
    }

    private func preview(_ call: Call) async throws -> Reply {
        let retailer = try call.retailerID()
        let policy = try await database.read(as: call.scope) { tx in try tx.policy(of: retailer) }
        let command = try call.json { fields in
            PreviewDepthRules(
                retailer: retailer,
                rules: fields.objectIfPresent("depth_rules") { DepthRules($0, over: policy.depthRules) } ?? policy.depthRules,
                category: fields.externalIDIfPresent("category_id"))
        }
        return .json(try await database.read(as: call.scope) { tx in try command.run(in: tx, at: call.world.now()) })
    }
}

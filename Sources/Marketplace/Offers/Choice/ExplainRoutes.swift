package import HTTPSupport
import HTTPTypes
import Kernel
package import Postgres
import Tenancy

/// GET /v1/retailers/{retailer_id}/shoppers/{shopper_id}/offers/explain    why these offers and not others
package struct ExplainRoutes: Sendable {
    private let database: Database

    package init(_ database: Database) { self.database = database }

    package var routes: [Route] {
        [
            Route(
                .get, "/v1/retailers/{retailer_id}/shoppers/{shopper_id}/offers/explain", "explainShopperOffers",
                access: .retailer(.admin, .approver, .marketer, .analyst), handle: explain)
        ]
    }

    private func explain(_ call: Call) async throws -> Reply {
        let command = ExplainOffers(retailer: try call.retailerID(), shopper: try call.externalID("shopper_id"))
        let explained = try await database.read(as: call.scope) { tx in try command.run(in: tx, at: call.world.now()) }
        var reply = Reply.json(explained)
        reply.headers[.cacheControl] = "private, no-store"
        return reply
    }
}

import Campaigns
package import HTTPSupport
import HTTPTypes
import Kernel
package import Postgres
import Profiles
import Tenancy

/// GET /v1/retailers/{retailer_id}/campaigns/{campaign_id}/lift    what it brought, against its holdout
package struct LiftRoutes: Sendable {
    private let database: Database

    package init(_ database: Database) { self.database = database }

    package var routes: [Route] {
        [
            Route(
                .get, "/v1/retailers/{retailer_id}/campaigns/{campaign_id}/lift", "getCampaignLift",
                access: .retailer(.admin, .treasurer, .approver, .marketer, .analyst), handle: lift)
        ]
    }

    private func lift(_ call: Call) async throws -> Reply {
        let (retailer, id) = (try call.retailerID(), try call.id("campaign_id", CampaignID.self))
        // All receipts of its days are read: more than other answers may take.
        return try await database.snapshot(as: call.scope, statementMillisMax: 60_000) { tx in
            guard let campaign = try tx.campaign(id, of: retailer) else { throw Problem.notFound("campaign") }
            return .json(try tx.lift(of: campaign, on: try tx.profileMoment(of: retailer, at: call.world.now())))
        }
    }
}

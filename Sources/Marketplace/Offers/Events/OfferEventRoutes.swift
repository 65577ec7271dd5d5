import Campaigns
package import HTTPSupport
import HTTPTypes
import Kernel
package import Postgres
import Tenancy

/// POST /v1/retailers/{retailer_id}/offers/events                       what shoppers saw, opened and activated
/// GET  /v1/retailers/{retailer_id}/campaigns/{campaign_id}/reach       how often, by day: `?from`, `?to`
package struct OfferEventRoutes: Sendable {
    private let database: Database
    private let memory: OfferMemory

    package init(_ database: Database, _ memory: OfferMemory) {
        self.database = database
        self.memory = memory
    }

    package var routes: [Route] {
        [
            Route(
                .post, "/v1/retailers/{retailer_id}/offers/events", "postOfferEvents", access: .retailer(.app), handle: record),
            Route(
                .get, "/v1/retailers/{retailer_id}/campaigns/{campaign_id}/reach", "getCampaignReach",
                access: .retailer(.admin, .treasurer, .approver, .marketer, .analyst), handle: reach),
        ]
    }

    private func record(_ call: Call) async throws -> Reply {
        let retailer = try call.retailerID()
        let command = RecordOfferEvents(retailer: retailer, batch: try OfferEventBatch(call))
        let outcome = try await database.transaction(as: call.scope) { tx in try command.run(in: tx, at: call.world.now()) }
        // Whoever activates sees it at once.
        memory.activated(outcome.activatedBy, at: retailer)
        return .json(outcome.answer)
    }

    private func reach(_ call: Call) async throws -> Reply {
        let (retailer, id) = (try call.retailerID(), try call.id("campaign_id", CampaignID.self))
        let (first, last) = try call.query { ($0.dayIfPresent("from"), $0.dayIfPresent("to")) }
        return try await database.read(as: call.scope) { tx in
            guard try tx.campaign(id, of: retailer) != nil else { throw Problem.notFound("campaign") }
            return .json(CampaignReach(campaign: id, days: try tx.reach(of: id, from: first, through: last, at: retailer)))
        }
    }
}

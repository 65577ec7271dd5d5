package import Audiences
package import HTTPSupport
import HTTPTypes
import JSONText
import Kernel
import Parties
package import Postgres
import Tenancy

/// Campaigns from draft to close.
///
/// POST  /v1/retailers/{retailer_id}/campaigns                                draft
/// GET   .../campaigns                                                        list, `?state`
/// GET   .../campaigns/{campaign_id}                                          one, whole
/// PATCH .../campaigns/{campaign_id}                                          edit, with If-Match
/// POST  .../campaigns/{campaign_id}/submit                                   hand in
/// POST  .../campaigns/{campaign_id}/{approve|reject|request-changes}         decide
/// POST  .../campaigns/{campaign_id}/launch                                   move the money
/// POST  .../campaigns/{campaign_id}/{pause|resume|stop|cancel}               halt
/// POST  .../campaigns/{campaign_id}/extend-budget                            more money, within the terms' limit
/// POST  .../campaigns/{campaign_id}/{products|stores}/{id}/withdraw          take one out
/// GET   .../campaigns/{campaign_id}/{products|decisions|spend|forecast}      look
/// POST  .../campaigns/{campaign_id}/forecast                                 work out anew
package struct CampaignRoutes: Sendable {
    static let pageMax = 100
    static let readers: Access =
        .retailer(.admin, .treasurer, .approver, .marketer, .analyst) | .anySupplierRole
    static let writers: Access = .retailer(.marketer) | .supplier(.marketer)

    let database: Database
    let supplierView: SupplierView

    package init(_ database: Database, _ supplierView: SupplierView) {
        self.database = database
        self.supplierView = supplierView
    }

    package var routes: [Route] { drafting + deciding + halting + looking + changing }

    private static let all = "/v1/retailers/{retailer_id}/campaigns"
    static let one = all + "/{campaign_id}"

    private var drafting: [Route] {
        [
            Route(.post, Self.all, "createCampaign", access: Self.writers, idempotency: .optional, handle: create),
            Route(.get, Self.all, "listCampaigns", access: Self.readers, handle: list),
            Route(.get, Self.one, "getCampaign", access: Self.readers, handle: show),
            Route(.patch, Self.one, "editCampaign", access: Self.writers, handle: edit),
            Route(.post, Self.one + "/forecast", "makeForecast", access: Self.readers, handle: forecast),
            Route(.get, Self.one + "/forecast", "getForecast", access: Self.readers, handle: lastForecast),
            Route(.post, Self.one + "/submit", "submitCampaign", access: Self.writers, idempotency: .optional, handle: submit),
            Route(
                .post, Self.one + "/launch", "launchCampaign",
                access: .retailer(.marketer) | .supplier(.marketer, .treasurer), idempotency: .required, handle: launch),
            Route(
                .post, Self.one + "/extend-budget", "extendCampaignBudget",
                access: .retailer(.marketer) | .supplier(.marketer, .treasurer), idempotency: .required, handle: extendBudget),
        ]
    }

    private var deciding: [Route] {
        let decisions: [(String, String, CampaignAction)] = [
            ("approve", "approveCampaign", .approve), ("reject", "rejectCampaign", .reject),
            ("request-changes", "requestCampaignChanges", .requestChanges),
        ]
        return decisions.map { path, operation, action in
            Route(.post, "\(Self.one)/\(path)", operation, access: .retailer(.approver), idempotency: .optional) { call in
                try await decide(call, action)
            }
        }
    }

    private var halting: [Route] {
        let actions: [CampaignAction] = [.pause, .resume, .stop, .cancel]
        return actions.map { action in
            Route(
                .post, "\(Self.one)/\(action.rawValue)", "\(action.rawValue)Campaign",
                access: .retailer(.approver, .marketer) | .supplier(.marketer, .treasurer),
                idempotency: action == .cancel ? .required : .optional
            ) { call in try await halt(call, action) }
        } + [
            Route(
                .post, Self.one + "/products/{product_id}/withdraw", "withdrawCampaignProduct", access: .retailer(.approver),
                idempotency: .optional
            ) { call in try await withdraw(call, .product(try call.externalID("product_id"))) },
            Route(
                .post, Self.one + "/stores/{store_id}/withdraw", "withdrawCampaignStore", access: .retailer(.approver),
                idempotency: .optional
            ) { call in try await withdraw(call, .store(try call.externalID("store_id"))) },
        ]
    }

    private var looking: [Route] {
        [
            Route(.get, Self.one + "/products", "listCampaignProducts", access: Self.readers, handle: products),
            Route(.get, Self.one + "/decisions", "listCampaignDecisions", access: Self.readers, handle: decisions),
            Route(.get, Self.one + "/spend", "getCampaignSpend", access: Self.readers, handle: spend),
            Route(
                .get, Self.one + "/depths", "getCampaignDepths",
                access: .retailer(.admin, .treasurer, .approver, .marketer, .analyst), handle: depths),
        ]
    }
}

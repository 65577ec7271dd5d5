import HTTPSupport
import HTTPTypes
import Kernel
import Parties
import Postgres
import Tenancy

/// Changes of launched campaigns: their budget and their end.
///
/// POST  .../campaigns/{campaign_id}/changes                                        apply, or propose
/// GET   .../campaigns/{campaign_id}/changes                                        look
/// POST  .../campaigns/{campaign_id}/changes/{change_id}/{approve|reject|withdraw}  decide
extension CampaignRoutes {
    private static let changes = one + "/changes"

    var changing: [Route] {
        let owners: Access = .retailer(.marketer) | .supplier(.marketer, .treasurer)
        let decisions: [(DecideChange.Action, String, Access)] = [
            (.approve, "approveCampaignChange", .retailer(.approver)), (.reject, "rejectCampaignChange", .retailer(.approver)),
            (.withdraw, "withdrawCampaignChange", owners),
        ]
        return [
            Route(
                .post, Self.changes, "changeCampaign", access: owners, idempotency: .required, handle: propose),
            Route(.get, Self.changes, "listCampaignChanges", access: Self.readers, handle: listChanges),
        ]
            + decisions.map { action, operation, access in
                Route(
                    .post, Self.changes + "/{change_id}/\(action.rawValue)", operation, access: access,
                    idempotency: action == .approve ? .required : .optional
                ) { call in try await decideChange(call, action) }
            }
    }

    private func propose(_ call: Call) async throws -> Reply {
        let (authority, id) = (try CampaignAuthority(call), try call.id("campaign_id", CampaignID.self))
        try await checkVisible(call)
        return try await write(call) { tx in
            guard let retailer = try tx.retailer(authority.retailer) else { throw Problem.notFound("retailer") }
            let wanted = try call.json { WantedChange($0, in: retailer.asset) }
            return .json(try ProposeChange(authority: authority, id: id, wanted: wanted).run(in: tx, by: Author(call)))
        }
    }

    private func decideChange(_ call: Call, _ action: DecideChange.Action) async throws -> Reply {
        let (authority, id) = (try CampaignAuthority(call), try call.id("campaign_id", CampaignID.self))
        let change = try call.id("change_id", ChangeID.self)
        let command = try call.json { DecideChange($0, action, change, of: id, by: authority) }
        try await checkVisible(call)
        return try await write(call) { tx in .json(try command.run(in: tx, by: Author(call))) }
    }

    private func listChanges(_ call: Call) async throws -> Reply {
        let page = try call.query { PageRequest($0, max: Self.pageMax) }
        let after = try page.id(ChangeID.self)
        return try await read(call) { tx, campaign in
            .json(Page(try tx.changes(of: campaign, after: after, limit: page.limit + 1), page) { "\($0.id)" })
        }
    }
}

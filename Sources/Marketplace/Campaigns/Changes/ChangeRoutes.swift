import Audiences
import HTTPSupport
import HTTPTypes
import Kernel
import Parties
import Postgres
import Tenancy

/// Changes of launched campaigns: their budget, their end, their products and their audience.
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
        let retailer = try await database.read(as: .retailer(authority.retailer)) { tx in try tx.retailer(authority.retailer) }
        guard let retailer else { throw Problem.notFound("retailer") }
        let wanted = try call.json { WantedChange($0, in: retailer.asset) }
        let command = ProposeChange(
            authority: authority, id: id, wanted: wanted, sampling: supplierView.sampling,
            isAudienceLargeEnough: try await isLargeEnough(wanted.eligibility, call))
        return try await write(call) { tx in .json(try command.run(in: tx, by: Author(call))) }
    }

    /// What a supplier may know of the audience that it wants.
    private func isLargeEnough(_ eligibility: CampaignEligibility?, _ call: Call) async throws -> Bool {
        guard case .supplier(let supplier, let retailer) = call.scope, case .audience(let choice)? = eligibility else {
            return true
        }
        let predicate = try await database.read(as: call.scope) { tx in
            try tx.predicate(of: choice.audience, version: choice.version, at: retailer)
        }
        guard let predicate else { throw SubmitCampaign.Refusal.unknownAudience }
        return try await supplierCount(of: predicate, call, supplier, retailer).count != .belowFloor
    }

    private func decideChange(_ call: Call, _ action: DecideChange.Action) async throws -> Reply {
        let (authority, id) = (try CampaignAuthority(call), try call.id("campaign_id", CampaignID.self))
        let change = try call.id("change_id", ChangeID.self)
        let command = try call.json { DecideChange($0, action, change, of: id, by: authority, supplierView.sampling) }
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

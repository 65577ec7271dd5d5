import EventLog
package import HTTPSupport
import HTTPTypes
import Kernel
package import Postgres
import Tenancy

/// POST   /v1/retailers/{retailer_id}/agreements/{agreement_id}/auditor-grants      one side asks, and grants for itself
/// GET    /v1/retailers/{retailer_id}/auditor-grants                                list; a supplier sees its own
/// POST   /v1/retailers/{retailer_id}/auditor-grants/{auditor_grant_id}/grant       the other side grants
/// POST   /v1/retailers/{retailer_id}/auditor-grants/{auditor_grant_id}/key         the key, once; the retailer hands it over
/// DELETE /v1/retailers/{retailer_id}/auditor-grants/{auditor_grant_id}             either side ends it
package struct AuditorGrantRoutes: Sendable {
    private let database: Database
    private let environment: KeyToken.Environment

    package init(_ database: Database, _ environment: KeyToken.Environment) {
        self.database = database
        self.environment = environment
    }

    package var routes: [Route] {
        let grants = "/v1/retailers/{retailer_id}/auditor-grants"
        let one = grants + "/{auditor_grant_id}"
        let both: Access = .retailer(.admin) | .supplier(.admin)
        return [
            Route(
                .post, "/v1/retailers/{retailer_id}/agreements/{agreement_id}/auditor-grants", "askForAuditor", access: both,
                idempotency: .optional, handle: ask),
            Route(.get, grants, "listAuditorGrants", access: both, handle: list),
            Route(.post, one + "/grant", "grantAuditor", access: both, body: BodyRule.none, handle: grant),
            Route(.post, one + "/key", "issueAuditorKey", access: .retailer(.admin), body: BodyRule.none, handle: issue),
            Route(.delete, one, "revokeAuditor", access: both, handle: revoke),
        ]
    }

    private func ask(_ call: Call) async throws -> Reply {
        let (retailer, agreement) = (try call.retailerID(), try call.id("agreement_id", AgreementID.self))
        let command = try call.json { AskForAuditor($0, of: agreement, at: retailer) }
        return try await call.write(database) { tx in
            let grant = try command.run(in: tx, by: Author(call))
            return .created(grant, at: "/v1/retailers/\(retailer)/auditor-grants/\(grant.id)")
        }
    }

    private func list(_ call: Call) async throws -> Reply {
        let retailer = try call.retailerID()
        let page = try call.query(PageRequest.init(_:))
        let after = try page.id(AuditorGrantID.self)
        let grants = try await database.read(as: call.scope) { tx in
            try tx.grants(at: retailer, after: after, limit: page.limit + 1)
        }
        return .json(Page(grants, page) { "\($0.id)" })
    }

    private func grant(_ call: Call) async throws -> Reply {
        let command = GrantAuditor(retailer: try call.retailerID(), id: try call.id("auditor_grant_id"))
        return try await call.write(database) { tx in .json(try command.run(in: tx, by: Author(call))) }
    }

    private func issue(_ call: Call) async throws -> Reply {
        let command = IssueAuditorKey(retailer: try call.retailerID(), id: try call.id("auditor_grant_id"))
        return try await call.write(database) { [environment] tx in
            .json(try command.run(in: tx, by: Author(call), environment), status: .created)
        }
    }

    private func revoke(_ call: Call) async throws -> Reply {
        let command = RevokeAuditor(retailer: try call.retailerID(), id: try call.id("auditor_grant_id"))
        return try await call.write(database) { tx in
            try command.run(in: tx, by: Author(call))
            return .noContent
        }
    }
}

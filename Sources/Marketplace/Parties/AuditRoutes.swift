package import HTTPSupport
import HTTPTypes
import Kernel
package import Postgres
import Tenancy

/// GET /v1/retailers/{retailer_id}/audit     who did what and why, newest first; a supplier's admin sees its own people's
package struct AuditRoutes: Sendable {
    private let database: Database

    package init(_ database: Database) { self.database = database }

    package var routes: [Route] {
        [
            Route(
                .get, "/v1/retailers/{retailer_id}/audit", "listAudit",
                access: .platform | .retailer(.admin) | .supplier(.admin), handle: list)
        ]
    }

    private func list(_ call: Call) async throws -> Reply {
        let retailer = try call.retailerID()
        let (page, filter) = try call.query { (PageRequest($0, max: Audit.pageMax), AuditFilter($0)) }
        let before = try page.id(AuditEntryID.self)
        let entries = try await database.read(as: call.scope) { tx in
            try tx.auditEntries(
                of: retailer, supplier: call.principal.supplierID, filter, before: before, limit: page.limit + 1)
        }
        return .json(Page(entries, page) { "\($0.id)" })
    }
}

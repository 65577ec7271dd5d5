package import HTTPSupport
import HTTPTypes
import Kernel
package import Postgres
import Tenancy

/// GET /v1/retailers/{retailer_id}/audit     who did what and why, newest first; a supplier's admin sees its own people's
/// GET /v1/suppliers/{supplier_id}/audit     what was done to a supplier's people and keys, outside any retailer
/// GET /v1/platform/audit                    what was done outside any retailer
package struct AuditRoutes: Sendable {
    private let database: Database

    package init(_ database: Database) { self.database = database }

    package var routes: [Route] {
        [
            Route(
                .get, "/v1/retailers/{retailer_id}/audit", "listAudit",
                access: .platform | .retailer(.admin) | .supplier(.admin)
            ) { call in
                try await list(call, of: call.retailerID().value, supplier: call.principal.supplierID)
            },
            Route(
                .get, "/v1/suppliers/{supplier_id}/audit", "listSupplierAudit", access: .platform | .supplier(.admin)
            ) { call in
                try await list(call, of: Self.nowhere, supplier: call.id("supplier_id"))
            },
            Route(.get, "/v1/platform/audit", "listPlatformAudit", access: .platform) { call in
                try await list(call, of: Self.nowhere, supplier: nil)
            },
        ]
    }

    /// The tenant of what was done outside any.
    private static let nowhere = Identifier(high: 0, low: 0)

    private func list(_ call: Call, of tenant: Identifier, supplier: SupplierID?) async throws -> Reply {
        let (page, filter) = try call.query { (PageRequest($0, max: Audit.pageMax), AuditFilter($0)) }
        let before = try page.id(AuditEntryID.self)
        let entries = try await database.read(as: call.scope) { tx in
            try tx.auditEntries(of: tenant, supplier: supplier, filter, before: before, limit: page.limit + 1)
        }
        return .json(Page(entries, page) { "\($0.id)" })
    }
}

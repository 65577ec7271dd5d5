import EventLog
package import HTTPSupport
import HTTPTypes
import Kernel
package import Postgres
import Tenancy

/// PUT /v1/retailers/{retailer_id}/brands/{brand_id}     make it so
/// GET /v1/retailers/{retailer_id}/brands/{brand_id}     one
/// GET /v1/retailers/{retailer_id}/brands     all
package struct BrandRoutes: Sendable {
    private let database: Database

    package init(_ database: Database) { self.database = database }

    package var routes: [Route] {
        let path = "/v1/retailers/{retailer_id}/brands"
        return [
            Route(.get, path, "listBrands", access: .catalogueReaders, handle: list),
            Route(.get, path + "/{brand_id}", "getBrand", access: .catalogueReaders, handle: show),
            Route(.put, path + "/{brand_id}", "putBrand", access: .catalogueWriters, handle: put),
        ]
    }

    private func put(_ call: Call) async throws -> Reply {
        let (retailer, id) = (try call.retailerID(), try call.externalID("brand_id"))
        let brand = try call.json { Brand($0, inPath: id) }
        return try await PutItem(subject: EventSubject(kind: "brand", id: id.text)) { tx in
            try tx.brand(id, of: retailer)
        } upsert: { tx in
            try tx.upsert([brand], of: retailer)
        }.reply(to: call, database)
    }

    private func show(_ call: Call) async throws -> Reply {
        let (retailer, id) = (try call.retailerID(), try call.externalID("brand_id"))
        let brand = try await database.read(as: call.scope) { tx in try tx.brand(id, of: retailer) }
        guard let brand else { throw Problem.notFound("brand") }
        return .json(brand)
    }

    private func list(_ call: Call) async throws -> Reply {
        let (retailer, page) = (try call.retailerID(), try call.query(PageRequest.init))
        let brands = try await database.read(as: call.scope) { tx in
            try tx.brands(of: retailer, after: page.afterID, limit: page.limit + 1)
        }
        return .json(Page(brands, page) { $0.id.text })
    }
}

import EventLog
package import HTTPSupport
import HTTPTypes
import Kernel
package import Postgres
import Tenancy

/// PUT /v1/retailers/{retailer_id}/products/{product_id}     make it so
/// GET /v1/retailers/{retailer_id}/products/{product_id}     one
/// GET /v1/retailers/{retailer_id}/products                  all, by `brand_id`, `category_id`, `supplier_id`, `stub`
package struct ProductRoutes: Sendable {
    private let database: Database

    package init(_ database: Database) { self.database = database }

    package var routes: [Route] {
        let path = "/v1/retailers/{retailer_id}/products"
        return [
            Route(.get, path, "listProducts", access: .catalogueReaders, handle: list),
            Route(.get, path + "/{product_id}", "getProduct", access: .catalogueReaders, handle: show),
            Route(.put, path + "/{product_id}", "putProduct", access: .catalogueWriters, handle: put),
        ]
    }

    private func put(_ call: Call) async throws -> Reply {
        let (retailer, id) = (try call.retailerID(), try call.externalID("product_id"))
        let product = try call.json { Product($0, inPath: id) }
        return try await PutItem(subject: EventSubject(kind: "product", id: id.text)) { tx in
            try tx.product(id, of: retailer)
        } upsert: { tx in
            try tx.upsert([product], of: retailer, at: call.world.now())
        }.reply(to: call, database)
    }

    private func show(_ call: Call) async throws -> Reply {
        let (retailer, id) = (try call.retailerID(), try call.externalID("product_id"))
        let product = try await database.read(as: call.scope) { tx in try tx.product(id, of: retailer) }
        guard let product else { throw Problem.notFound("product") }
        return .json(product)
    }

    private func list(_ call: Call) async throws -> Reply {
        let retailer = try call.retailerID()
        let (page, filter) = try call.query { (PageRequest($0), ProductFilter($0)) }
        let products = try await database.read(as: call.scope) { tx in
            try tx.products(of: retailer, filter, after: page.afterID, limit: page.limit + 1)
        }
        return .json(Page(products, page) { $0.product.id.text })
    }
}

import EventLog
package import HTTPSupport
import HTTPTypes
import Kernel
package import Postgres
import Tenancy

/// PUT /v1/retailers/{retailer_id}/categories/{category_id}     make it so
/// GET /v1/retailers/{retailer_id}/categories/{category_id}     one
/// GET /v1/retailers/{retailer_id}/categories     all
package struct CategoryRoutes: Sendable {
    private let database: Database

    package init(_ database: Database) { self.database = database }

    package var routes: [Route] {
        let path = "/v1/retailers/{retailer_id}/categories"
        return [
            Route(.get, path, "listCategories", access: .catalogueReaders, handle: list),
            Route(.get, path + "/{category_id}", "getCategory", access: .catalogueReaders, handle: show),
            Route(.put, path + "/{category_id}", "putCategory", access: .catalogueWriters, handle: put),
        ]
    }

    private func put(_ call: Call) async throws -> Reply {
        let (retailer, id) = (try call.retailerID(), try call.externalID("category_id"))
        let category = try call.json { Category($0, inPath: id) }
        return try await PutItem(subject: EventSubject(kind: "category", id: id.text)) { tx in
            try tx.category(id, of: retailer)
        } upsert: { tx in
            try tx.upsert([category], of: retailer)
        }.reply(to: call, database)
    }

    private func show(_ call: Call) async throws -> Reply {
        let (retailer, id) = (try call.retailerID(), try call.externalID("category_id"))
        let category = try await database.read(as: call.scope) { tx in try tx.category(id, of: retailer) }
        guard let category else { throw Problem.notFound("category") }
        return .json(category)
    }

    private func list(_ call: Call) async throws -> Reply {
        let (retailer, page) = (try call.retailerID(), try call.query(PageRequest.init))
        let categories = try await database.read(as: call.scope) { tx in
            try tx.categories(of: retailer, after: page.afterID, limit: page.limit + 1)
        }
        return .json(Page(categories, page) { $0.id.text })
    }
}

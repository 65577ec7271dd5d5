import EventLog
package import HTTPSupport
import HTTPTypes
import Kernel
package import Postgres
import Tenancy

/// PUT /v1/retailers/{retailer_id}/stores/{store_id}     make it so
/// GET /v1/retailers/{retailer_id}/stores/{store_id}     one
/// GET /v1/retailers/{retailer_id}/stores                all, or `?stub=true`
package struct StoreRoutes: Sendable {
    private let database: Database

    package init(_ database: Database) { self.database = database }

    package var routes: [Route] {
        let path = "/v1/retailers/{retailer_id}/stores"
        return [
            Route(.get, path, "listStores", access: .catalogueReaders, handle: list),
            Route(.get, path + "/{store_id}", "getStore", access: .catalogueReaders, handle: show),
            Route(.put, path + "/{store_id}", "putStore", access: .catalogueWriters, handle: put),
        ]
    }

    private func put(_ call: Call) async throws -> Reply {
        let (retailer, id) = (try call.retailerID(), try call.externalID("store_id"))
        let store = try call.json { Store($0, inPath: id) }
        return try await PutItem(subject: EventSubject(kind: "store", id: id.text)) { tx in
            try tx.store(id, of: retailer)
        } upsert: { tx in
            try tx.upsert([store], of: retailer, at: call.world.now())
        }.reply(to: call, database)
    }

    private func show(_ call: Call) async throws -> Reply {
        let (retailer, id) = (try call.retailerID(), try call.externalID("store_id"))
        let store = try await database.read(as: call.scope) { tx in try tx.store(id, of: retailer) }
        guard let store else { throw Problem.notFound("store") }
        return .json(store)
    }

    private func list(_ call: Call) async throws -> Reply {
        let retailer = try call.retailerID()
        let (page, stub) = try call.query { (PageRequest($0), $0.boolIfPresent("stub")) }
        let stores = try await database.read(as: call.scope) { tx in
            try tx.stores(of: retailer, stub: stub, after: page.afterID, limit: page.limit + 1)
        }
        return .json(Page(stores, page) { $0.store.id.text })
    }
}

extension PageRequest {
    /// The cursor's key as an id of the retailer's own.
    var afterID: ExternalID? { after.map { ExternalID(stored: $0) } }
}

import EventLog
package import HTTPSupport
import HTTPTypes
import Kernel
package import Postgres
import Tenancy

/// PUT /v1/retailers/{retailer_id}/price-zones/{price_zone_id}     make it so
/// GET /v1/retailers/{retailer_id}/price-zones/{price_zone_id}     one
/// GET /v1/retailers/{retailer_id}/price-zones     all
package struct PriceZoneRoutes: Sendable {
    private let database: Database

    package init(_ database: Database) { self.database = database }

    package var routes: [Route] {
        let path = "/v1/retailers/{retailer_id}/price-zones"
        return [
            Route(.get, path, "listPriceZones", access: .catalogueReaders, handle: list),
            Route(.get, path + "/{price_zone_id}", "getPriceZone", access: .catalogueReaders, handle: show),
            Route(.put, path + "/{price_zone_id}", "putPriceZone", access: .catalogueWriters, handle: put),
        ]
    }

    private func put(_ call: Call) async throws -> Reply {
        let (retailer, id) = (try call.retailerID(), try call.externalID("price_zone_id"))
        let priceZone = try call.json { PriceZone($0, inPath: id) }
        return try await PutItem(subject: EventSubject(kind: "price_zone", id: id.text)) { tx in
            try tx.priceZone(id, of: retailer)
        } upsert: { tx in
            try tx.upsert([priceZone], of: retailer)
        }.reply(to: call, database)
    }

    private func show(_ call: Call) async throws -> Reply {
        let (retailer, id) = (try call.retailerID(), try call.externalID("price_zone_id"))
        let priceZone = try await database.read(as: call.scope) { tx in try tx.priceZone(id, of: retailer) }
        guard let priceZone else { throw Problem.notFound("price_zone") }
        return .json(priceZone)
    }

    private func list(_ call: Call) async throws -> Reply {
        let (retailer, page) = (try call.retailerID(), try call.query(PageRequest.init))
        let priceZones = try await database.read(as: call.scope) { tx in
            try tx.priceZones(of: retailer, after: page.afterID, limit: page.limit + 1)
        }
        return .json(Page(priceZones, page) { $0.id.text })
    }
}

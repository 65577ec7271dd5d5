import EventLog
package import HTTPSupport
import HTTPTypes
import Kernel
import Parties
package import Postgres
import Tenancy

/// PUT    /v1/retailers/{retailer_id}/shoppers/{shopper_id}           set the flags; an unknown id becomes a new shopper
/// GET    /v1/retailers/{retailer_id}/shoppers/{shopper_id}           flags, ids and lists
/// DELETE /v1/retailers/{retailer_id}/shoppers/{shopper_id}           forget (DOMAIN 9)
/// POST   /v1/retailers/{retailer_id}/shoppers/{shopper_id}/merge     `{into}`: the two are one
/// POST   /v1/retailers/{retailer_id}/shoppers/{shopper_id}/detach    this id is somebody else
/// and the lists: see `TagRoutes`. No supplier's key opens any of them.
package struct ShopperRoutes: Sendable {
    private let database: Database
    private let consequences: ShopperConsequences

    package init(_ database: Database, _ consequences: ShopperConsequences = ShopperConsequences()) {
        self.database = database
        self.consequences = consequences
    }

    static let writers = Access.retailer(.admin, .feed)
    static let readers = Access.retailer(.admin, .analyst, .app, .feed, .marketer)

    package var routes: [Route] {
        let path = "/v1/retailers/{retailer_id}/shoppers/{shopper_id}"
        return [
            Route(.get, path, "getShopper", access: Self.readers, handle: show),
            Route(.put, path, "putShopper", access: Self.writers, handle: put),
            Route(.delete, path, "eraseShopper", access: Self.writers, handle: erase),
            Route(.post, path + "/merge", "mergeShoppers", access: Self.writers, handle: merge),
            Route(.post, path + "/detach", "detachShopper", access: Self.writers, body: BodyRule.none, handle: detach),
        ] + TagRoutes(database).routes
    }

    private func show(_ call: Call) async throws -> Reply {
        let (retailer, id) = (try call.retailerID(), try call.externalID("shopper_id"))
        let shopper = try await database.read(as: call.scope) { tx in try tx.shopper(id, of: retailer) }
        guard let shopper else { throw Problem.notFound("shopper") }
        return .json(shopper)
    }

    private func put(_ call: Call) async throws -> Reply {
        let (retailer, id) = (try call.retailerID(), try call.externalID("shopper_id"))
        let shopper = try call.json { Shopper($0, inPath: id) }
        return try await call.write(database) { tx in
            let before = try tx.shopper(id, of: retailer)
            let outcome = try tx.upsert([shopper], of: retailer, at: call.world.now())
            guard let after = try tx.shopper(id, of: retailer) else { throw Problem.notFound("shopper") }
            if outcome.unchanged == 0 {
                try tx.audit(
                    Author(call), "shopper.put", about: EventSubject(kind: "shopper", id: "\(after.key)"),
                    before: before.map(AuditedShopper.init), after: AuditedShopper(after))
            }
            return before == nil ? .created(after, at: call.path) : .json(after)
        }
    }

    private func erase(_ call: Call) async throws -> Reply {
        let command = EraseShopper(of: try call.retailerID(), try call.externalID("shopper_id"), consequences)
        return try await call.write(database) { tx in
            try command.run(in: tx, by: Author(call))
            return .noContent
        }
    }

    private func merge(_ call: Call) async throws -> Reply {
        let (retailer, id) = (try call.retailerID(), try call.externalID("shopper_id"))
        let command = try call.json { MergeShoppers(of: retailer, id, into: $0.externalID("into"), consequences) }
        return try await call.write(database) { tx in .json(try command.run(in: tx, by: Author(call))) }
    }

    private func detach(_ call: Call) async throws -> Reply {
        let command = DetachCard(of: try call.retailerID(), try call.externalID("shopper_id"), consequences)
        return try await call.write(database) { tx in .json(try command.run(in: tx, by: Author(call))) }
    }
}

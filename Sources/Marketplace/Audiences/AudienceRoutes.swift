package import HTTPSupport
import HTTPTypes
import Kernel
import Parties
package import Postgres
import Profiles
import Tenancy

/// POST   /v1/retailers/{retailer_id}/audiences/preview          count a predicate
/// POST   /v1/retailers/{retailer_id}/audiences                  save one
/// GET    /v1/retailers/{retailer_id}/audiences                  a supplier's own; the retailer's and its suppliers'
/// GET    /v1/retailers/{retailer_id}/audiences/{audience_id}    one
/// PUT    /v1/retailers/{retailer_id}/audiences/{audience_id}    a new version
/// DELETE /v1/retailers/{retailer_id}/audiences/{audience_id}    archive
/// GET    /v1/retailers/{retailer_id}/audience-criteria          what the caller may make an audience of
package struct AudienceRoutes: Sendable {
    private let database: Database
    private let previews: PreviewAudience

    package init(_ database: Database, _ supplierView: SupplierView, _ indexes: AudienceIndexes? = nil) {
        self.database = database
        previews = PreviewAudience(database, supplierView, indexes)
    }

    package var routes: [Route] {
        let all = "/v1/retailers/{retailer_id}/audiences"
        let one = "/v1/retailers/{retailer_id}/audiences/{audience_id}"
        let writers = Access.retailer(.admin, .marketer) | .supplier(.admin, .marketer)
        let readers = Access.retailer(.admin, .marketer, .approver, .analyst) | .supplier(.admin, .marketer, .analyst)
        return [
            Route(.post, all + "/preview", "previewAudience", access: readers, handle: previews.handle),
            Route(.post, all, "createAudience", access: writers, idempotency: .optional, handle: create),
            Route(.get, all, "listAudiences", access: readers, handle: list),
            Route(.get, one, "getAudience", access: readers, handle: show),
            Route(.put, one, "updateAudience", access: writers, handle: update),
            Route(.delete, one, "archiveAudience", access: writers, handle: archive),
            Route(
                .get, "/v1/retailers/{retailer_id}/audience-criteria", "getAudienceCriteria", access: readers, handle: criteria),
        ]
    }

    private func criteria(_ call: Call) async throws -> Reply {
        let (retailer, now) = (try call.retailerID(), call.world.now())
        let supplier: SupplierID? = if case .supplier(let id, _) = call.scope { id } else { nil }
        let criteria = try await database.read(as: call.scope) { tx in
            try tx.audienceCriteria(of: retailer, for: supplier, at: now)
        }
        guard let criteria else { throw Problem.notFound("retailer") }
        return .json(criteria)
    }

    private func create(_ call: Call) async throws -> Reply {
        let retailer = try call.retailerID()
        let command = try call.json { CreateAudience($0, at: retailer) }
        return try await call.write(database) { tx in
            let audience = try command.run(in: tx, by: Author(call))
            return .created(audience, at: "\(call.path)/\(audience.id)")
        }
    }

    private func list(_ call: Call) async throws -> Reply {
        let retailer = try call.retailerID()
        let page = try call.query(PageRequest.init)
        let after = try page.id(AudienceID.self)
        let audiences = try await database.read(as: call.scope) { tx in
            try tx.audiences(of: retailer, after: after, limit: page.limit + 1)
        }
        return .json(Page(audiences, page) { "\($0.id)" })
    }

    private func show(_ call: Call) async throws -> Reply {
        let (retailer, id) = (try call.retailerID(), try call.id("audience_id", AudienceID.self))
        let audience = try await database.read(as: call.scope) { tx in try tx.audience(id, of: retailer) }
        guard let audience else { throw Problem.notFound("audience") }
        return .json(audience)
    }

    private func update(_ call: Call) async throws -> Reply {
        let (retailer, id) = (try call.retailerID(), try call.id("audience_id", AudienceID.self))
        let command = try call.json { UpdateAudience($0, id, at: retailer) }
        return try await call.write(database) { tx in .json(try command.run(in: tx, by: Author(call))) }
    }

    private func archive(_ call: Call) async throws -> Reply {
        let command = ArchiveAudience(retailer: try call.retailerID(), id: try call.id("audience_id"))
        return try await call.write(database) { tx in
            try command.run(in: tx, by: Author(call))
            return .noContent
        }
    }
}

package import HTTPSupport
import HTTPTypes
import Kernel
import Parties
package import Postgres
import Tenancy

/// POST /v1/retailers/{retailer_id}/corrections                               a transfer was wrong
/// GET  /v1/retailers/{retailer_id}/corrections                               by state; a supplier sees its own
/// GET  /v1/retailers/{retailer_id}/corrections/{correction_id}
/// POST /v1/retailers/{retailer_id}/corrections/{correction_id}/approve       by another person; the money goes back
/// POST /v1/retailers/{retailer_id}/corrections/{correction_id}/reject
package struct CorrectionRoutes: Sendable {
    private let database: Database

    package init(_ database: Database) { self.database = database }

    package var routes: [Route] {
        let all = "/v1/retailers/{retailer_id}/corrections"
        let one = all + "/{correction_id}"
        let holder: Access = .platform | .retailer(.treasurer)
        let readers: Access = .platform | .retailer(.admin, .treasurer, .analyst) | .supplier(.admin, .treasurer, .analyst)
        return [
            Route(.post, all, "requestCorrection", access: holder, idempotency: .optional, handle: request),
            Route(.get, all, "listCorrections", access: readers, handle: list),
            Route(.get, one, "getCorrection", access: readers, handle: show),
            Route(.post, one + "/approve", "approveCorrection", access: holder, idempotency: .required, handle: approve),
            Route(.post, one + "/reject", "rejectCorrection", access: holder, idempotency: .optional, handle: reject),
        ]
    }

    private func request(_ call: Call) async throws -> Reply {
        let retailer = try call.retailerID()
        return try await call.write(database) { tx in
            let books = try tx.books(of: retailer, at: call.world.now())
            let correction = try call.json { RequestCorrection($0, in: books) }.run(in: tx, by: Author(call))
            return .created(correction, at: "/v1/retailers/\(retailer)/corrections/\(correction.id)")
        }
    }

    private func list(_ call: Call) async throws -> Reply {
        let retailer = try call.retailerID()
        let (page, state) = try call.query { (PageRequest($0), $0.wordIfPresent("state", CorrectionState.self)) }
        let after = try page.id(CorrectionID.self)
        let corrections = try await database.read(as: call.scope) { tx in
            let books = try tx.books(of: retailer, at: call.world.now())
            return try tx.corrections(in: books, state: state, after: after, limit: page.limit + 1)
        }
        return .json(Page(corrections, page) { "\($0.id)" })
    }

    private func show(_ call: Call) async throws -> Reply {
        let (retailer, id) = (try call.retailerID(), try call.id("correction_id", CorrectionID.self))
        let correction = try await database.read(as: call.scope) { tx in
            try tx.corrections(in: try tx.books(of: retailer, at: call.world.now()), only: id, limit: 2).first
        }
        guard let correction else { throw Problem.notFound("correction") }
        return .json(correction)
    }

    private func approve(_ call: Call) async throws -> Reply {
        try await take(call) { _, step in ApproveCorrection(step: step).run }
    }

    private func reject(_ call: Call) async throws -> Reply {
        try await take(call) { fields, step in RejectCorrection(fields, step).run }
    }

    private typealias Run = (borrowing Transaction, Author) throws -> Correction

    private func take(_ call: Call, _ command: @escaping @Sendable (Fields, CorrectionStep) -> Run) async throws -> Reply {
        let (retailer, id) = (try call.retailerID(), try call.id("correction_id", CorrectionID.self))
        return try await call.write(database) { tx in
            let books = try tx.books(of: retailer, at: call.world.now())
            let run = try call.json { command($0, CorrectionStep(correction: id, books: books)) }
            return .json(try run(tx, Author(call)))
        }
    }
}

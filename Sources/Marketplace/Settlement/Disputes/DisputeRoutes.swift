package import HTTPSupport
import HTTPTypes
import Kernel
import Ledger
import Parties
package import Postgres
import Tenancy

/// POST /v1/retailers/{retailer_id}/statements/{statement_id}/acknowledge   by the supplier
/// POST /v1/retailers/{retailer_id}/statements/{statement_id}/disputes      by the supplier: a line is wrong
/// GET  /v1/retailers/{retailer_id}/disputes                                by statement, wallet and state
/// GET  /v1/retailers/{retailer_id}/disputes/{dispute_id}
/// POST /v1/retailers/{retailer_id}/disputes/{dispute_id}/uphold            by the retailer
/// POST /v1/retailers/{retailer_id}/disputes/{dispute_id}/settle            by another person: the money goes back
/// POST /v1/retailers/{retailer_id}/disputes/{dispute_id}/reject
/// POST /v1/retailers/{retailer_id}/disputes/{dispute_id}/withdraw          by the supplier
package struct DisputeRoutes: Sendable {
    private let database: Database

    package init(_ database: Database) { self.database = database }

    package var routes: [Route] {
        let statement = "/v1/retailers/{retailer_id}/statements/{statement_id}"
        let all = "/v1/retailers/{retailer_id}/disputes"
        let one = all + "/{dispute_id}"
        let readers: Access = .retailer(.admin, .treasurer, .analyst) | .supplier(.admin, .treasurer, .analyst)
        let (supplier, retailer) = (Access.supplier(.treasurer), Access.retailer(.treasurer))
        return [
            Route(
                .post, statement + "/acknowledge", "acknowledgeStatement", access: supplier, body: BodyRule.none,
                idempotency: .optional, handle: acknowledge),
            Route(.post, statement + "/disputes", "openDispute", access: supplier, idempotency: .optional, handle: open),
            Route(.get, all, "listDisputes", access: readers, handle: list),
            Route(.get, one, "getDispute", access: readers, handle: show),
            Route(.post, one + "/uphold", "upholdDispute", access: retailer, idempotency: .optional, handle: uphold),
            Route(.post, one + "/settle", "settleDispute", access: retailer, idempotency: .required, handle: settle),
            Route(.post, one + "/reject", "rejectDispute", access: retailer, idempotency: .optional, handle: reject),
            Route(.post, one + "/withdraw", "withdrawDispute", access: supplier, idempotency: .optional, handle: withdraw),
        ]
    }

    private func acknowledge(_ call: Call) async throws -> Reply {
        let (retailer, id) = (try call.retailerID(), try call.id("statement_id", StatementID.self))
        return try await call.write(database) { tx in
            .json(try AcknowledgeStatement(id: id).run(in: tx, of: retailer, by: Author(call)))
        }
    }

    private func open(_ call: Call) async throws -> Reply {
        let (retailer, id) = (try call.retailerID(), try call.id("statement_id", StatementID.self))
        return try await call.write(database) { tx in
            let books = try tx.books(of: retailer, at: call.world.now())
            let dispute = try call.json { OpenDispute($0, of: id, in: books) }.run(in: tx, by: Author(call))
            return .created(dispute, at: "/v1/retailers/\(retailer)/disputes/\(dispute.id)")
        }
    }

    private func list(_ call: Call) async throws -> Reply {
        let retailer = try call.retailerID()
        let (page, asked) = try call.query { fields in
            (
                PageRequest(fields),
                DisputeFilter(
                    statement: fields.idIfPresent("statement_id"), wallet: fields.idIfPresent("wallet_id"),
                    state: fields.wordIfPresent("state"))
            )
        }
        var filter = asked
        filter.after = try page.id(DisputeID.self)
        let (scope, now, wanted) = (call.scope, call.world.now(), filter)
        let disputes = try await database.read(as: scope) { tx in
            try tx.disputes(in: try tx.books(of: retailer, at: now), wanted, limit: page.limit + 1)
        }
        return .json(Page(disputes, page) { "\($0.id)" })
    }

    private func show(_ call: Call) async throws -> Reply {
        let (retailer, id) = (try call.retailerID(), try call.id("dispute_id", DisputeID.self))
        let dispute = try await database.read(as: call.scope) { tx in
            try tx.disputes(in: try tx.books(of: retailer, at: call.world.now()), DisputeFilter(only: id), limit: 2).first
        }
        guard let dispute else { throw Problem.notFound("dispute") }
        return .json(dispute)
    }

    private func uphold(_ call: Call) async throws -> Reply {
        try await take(call) { fields, step in UpholdDispute(fields, step).run }
    }

    private func settle(_ call: Call) async throws -> Reply {
        try await take(call) { _, step in SettleDispute(step: step).run }
    }

    private func reject(_ call: Call) async throws -> Reply {
        try await take(call) { fields, step in RejectDispute(fields, step).run }
    }

    private func withdraw(_ call: Call) async throws -> Reply {
        try await take(call) { _, step in WithdrawDispute(step: step).run }
    }

    private typealias Run = (borrowing Transaction, Author) throws -> Dispute

    private func take(_ call: Call, _ command: @escaping @Sendable (Fields, DisputeStep) -> Run) async throws -> Reply {
        let (retailer, id) = (try call.retailerID(), try call.id("dispute_id", DisputeID.self))
        return try await call.write(database) { tx in
            let books = try tx.books(of: retailer, at: call.world.now())
            let run = try call.json { command($0, DisputeStep(dispute: id, books: books)) }
            return .json(try run(tx, Author(call)))
        }
    }
}

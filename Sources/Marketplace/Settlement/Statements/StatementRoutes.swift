import Checkout
import EventLog
package import HTTPSupport
import HTTPTypes
import Kernel
import Ledger
import Parties
package import Postgres
import Tenancy

/// GET  /v1/retailers/{retailer_id}/statements                             by wallet and number; a supplier sees its own
/// GET  /v1/retailers/{retailer_id}/statements/{statement_id}              its figures; JSON or CSV, as the two that follow
/// GET  /v1/retailers/{retailer_id}/statements/{statement_id}/lines        every transfer
/// GET  /v1/retailers/{retailer_id}/statements/{statement_id}/unfunded     every discount that no budget paid in full
/// POST /v1/retailers/{retailer_id}/statements/{statement_id}/seal
/// GET  /v1/retailers/{retailer_id}/redemptions/{redemption_id}            one discount opened
/// GET  /v1/retailers/{retailer_id}/redemptions/{redemption_id}/receipt-line   the line that the till filed
package struct StatementRoutes: Sendable {
    private let database: Database

    package init(_ database: Database) { self.database = database }

    package var routes: [Route] {
        let statements = "/v1/retailers/{retailer_id}/statements"
        let one = statements + "/{statement_id}"
        return [
            Route(.get, statements, "listStatements", access: Self.readers, handle: list),
            Route(.get, one, "getStatement", access: Self.readers, handle: show),
            Route(.get, one + "/lines", "listStatementLines", access: Self.readers, handle: lines),
            Route(.get, one + "/unfunded", "listStatementUnfunded", access: Self.readers, handle: unfunded),
            Route(
                .post, one + "/seal", "sealStatement", access: .retailer(.treasurer), body: BodyRule.none,
                idempotency: .required, handle: seal),
            Route(
                .get, "/v1/retailers/{retailer_id}/redemptions/{redemption_id}", "getRedemption", access: Self.readers,
                handle: redemption),
            Route(
                .get, "/v1/retailers/{retailer_id}/redemptions/{redemption_id}/receipt-line", "getRedemptionReceiptLine",
                access: .auditor | .retailer(.admin, .treasurer, .analyst), handle: receiptLine),
        ]
    }

    /// An auditor sees one agreement, and each of its reads is kept.
    private static let readers: Access =
        .auditor | .retailer(.admin, .treasurer, .analyst) | .supplier(.admin, .treasurer, .marketer, .analyst)

    private func list(_ call: Call) async throws -> Reply {
        let retailer = try call.retailerID()
        let filter = try call.query { StatementFilter($0, auditing: call.auditedAgreement) }
        try await recordRead(call, of: "retailer", "\(retailer)")
        let heads = try await database.read(as: call.scope) { tx in try tx.statementHeads(of: retailer, filter) }
        return .json(Page(heads, filter.page, key: StatementFilter.cursor))
    }

    private func show(_ call: Call) async throws -> Reply {
        let (retailer, id) = (try call.retailerID(), try call.id("statement_id", StatementID.self))
        let format = try call.query { TextFormat($0, accept: call.headers[.accept]) }
        let statement = try await database.snapshot(as: call.scope) { tx in
            guard let head = try tx.statementHead(id, of: retailer, auditing: call.auditedAgreement) else {
                throw Problem.notFound("statement")
            }
            return try tx.statement(head, at: retailer)
        }
        try await recordRead(call, of: "statement", "\(id)")
        return format == .csv ? .text(statement.csv, contentType: CSVText.contentType) : .json(statement)
    }

    private func lines(_ call: Call) async throws -> Reply {
        let (retailer, id) = (try call.retailerID(), try call.id("statement_id", StatementID.self))
        let (reader, scope, database) = (StatementReader(call), call.scope, database)
        let filter = try call.query {
            LineFilter($0, accept: call.headers[.accept], hasKind: true, by: TransferID.self)
        }
        let spans = try await database.snapshot(as: scope) { tx in
            guard let head = try tx.statementHead(id, of: retailer, auditing: call.auditedAgreement) else {
                throw Problem.notFound("statement")
            }
            return try tx.spans(of: head, at: retailer)
        }
        try await recordRead(call, of: "statement", "\(id)")
        return try await reply(filter, reader) { after, limit in
            try await database.read(as: scope) { tx in
                try tx.lines(of: spans, at: retailer, for: reader, filter, after: after, limit: limit)
            }
        }
    }

    private func unfunded(_ call: Call) async throws -> Reply {
        let (retailer, id) = (try call.retailerID(), try call.id("statement_id", StatementID.self))
        let filter = try call.query {
            LineFilter($0, accept: call.headers[.accept], hasKind: false, by: RedemptionID.self)
        }
        let list = UnfundedList(
            statement: id, retailer: retailer, agreement: call.auditedAgreement, reader: StatementReader(call), filter: filter,
            scope: call.scope,
            database: database)
        guard try await list.exists() else { throw Problem.notFound("statement") }
        try await recordRead(call, of: "statement", "\(id)")
        return try await reply(filter, list.reader) { after, limit in try await list.rows(after: after, limit: limit) }
    }

    private func seal(_ call: Call) async throws -> Reply {
        let (retailer, id) = (try call.retailerID(), try call.id("statement_id", StatementID.self))
        return try await call.write(database) { tx in
            .json(try SealStatement(id: id).run(in: tx, of: retailer, by: Author(call)))
        }
    }

    private func redemption(_ call: Call) async throws -> Reply {
        let (retailer, id) = (try call.retailerID(), try call.id("redemption_id", RedemptionID.self))
        let reader = StatementReader(call)
        let redemption = try await database.read(as: call.scope) { tx in
            try tx.openedRedemption(id, of: retailer, for: reader, auditing: call.auditedAgreement)
        }
        guard let redemption else { throw Problem.notFound("redemption") }
        try await recordRead(call, of: "redemption", "\(id)")
        return .json(redemption)
    }

    /// The receipt line that the till filed. No shopper, no other line.
    private func receiptLine(_ call: Call) async throws -> Reply {
        let (retailer, id) = (try call.retailerID(), try call.id("redemption_id", RedemptionID.self))
        let opened = try await database.read(as: call.scope) { tx in
            try tx.openedRedemption(id, of: retailer, for: .retailer, auditing: call.auditedAgreement)
        }
        guard let place = opened?.facts.receipt else { throw Problem.notFound("redemption") }
        try await recordRead(call, of: "redemption", "\(id)")
        // Receipts are fenced from suppliers, in whose scope an auditor reads: the redemption has just let it in.
        let line = try await database.read(as: .retailer(retailer)) { tx in
            try tx.receiptLine(behind: id, at: place, of: retailer)
        }
        guard let line else { throw Problem.notFound("receipt_line") }
        return .json(line)
    }

    /// What was found and before it is answered; what is not there for an auditor leaves nothing.
    private func recordRead(_ call: Call, of kind: String, _ id: String) async throws {
        try await call.recordAuditorsRead(of: EventSubject(kind: kind, id: id), in: database)
    }
}

import HTTPSupport
import Kernel
import Parties
import Postgres
import Tenancy

/// The discounts of a statement that no budget paid in full, read in batches. The statement may be sealed between two of
/// them: each batch finds out anew, in the snapshot of its rows, whether it is. The order is the same before and after, so
/// the list goes on where it was.
struct UnfundedList: Sendable {
    let statement: StatementID
    let retailer: RetailerID
    let agreement: AgreementID?
    let reader: StatementReader
    let filter: LineFilter
    let scope: Scope
    let database: Database

    func exists() async throws -> Bool {
        try await database.read(as: scope) { tx in try tx.statementHead(statement, of: retailer, auditing: agreement) != nil }
    }

    func rows(after: LineFilter.After?, limit: Int) async throws -> [UnfundedLine] {
        try await database.snapshot(as: scope) { tx in
            guard let head = try tx.statementHead(statement, of: retailer, auditing: agreement) else {
                throw Problem.notFound("statement")
            }
            return try tx.unfundedLines(of: head, at: retailer, for: reader, filter, after: after, limit: limit)
        }
    }
}

package import HTTPSupport
import HTTPTypes
import JSONText
import Kernel
package import Postgres
import Receipts
import Tenancy

/// GET /v1/retailers/{retailer_id}/imports/{import_id}/outcomes    what became of discounts, returns and voids, as NDJSON
package struct ImportOutcomeRoutes: Sendable {
    /// Receipts of one short transaction.
    private static let pageMax = 500

    private let database: Database

    package init(_ database: Database) { self.database = database }

    package var routes: [Route] {
        [
            Route(
                .get, "/v1/retailers/{retailer_id}/imports/{import_id}/outcomes", "getImportOutcomes",
                access: .retailer(.admin, .analyst, .feed), handle: outcomes)
        ]
    }

    private func outcomes(_ call: Call) async throws -> Reply {
        let (retailer, id): (_, ImportID) = (try call.retailerID(), try call.id("import_id"))
        let (database, scope) = (database, call.scope)
        guard try await database.read(as: scope, { tx in try tx.bulkImport(id, of: retailer) }) != nil else {
            throw ImportFault.notAnImport
        }
        return .ndjson { last in
            try await database.read(as: scope) { tx in
                try tx.outcomes(of: id, after: last?.receipt.line ?? 0, limit: Self.pageMax, retailer)
            }
        }
    }
}

/// What became of one receipt of a file: the same as its till would have been answered.
private struct ReceiptOutcome: Sendable, JSONWritable {
    let receipt: ReportedReceipt
    let redemptions: [Redemption]
    let returns: [(lineNo: Int32, match: ReturnMatchKind)]

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("line", receipt.line)
            json.field("state", receipt.state)
            json.field("receipt", receipt.key)
            json.array("discounts", redemptions) { $1.write(to: &$0) }
            json.array("returns", returns) { json, line in
                json.object { json in
                    json.field("line_no", line.lineNo)
                    json.field("match", word: line.match)
                }
            }
        }
    }
}

extension Transaction {
    fileprivate func outcomes(
        of load: ImportID, after line: Int64, limit: Int, _ retailer: RetailerID
    ) throws -> [ReceiptOutcome] {
        let receipts = try reportedReceipts(of: load, after: line, limit: limit, retailer)
        guard !receipts.isEmpty else { return [] }
        let keys = Set(receipts.map(\.stored)).sorted()
        let (redemptions, returns) = (try redemptions(of: keys, at: retailer), try returnMatches(of: keys, at: retailer))
        return receipts.map { receipt in
            ReceiptOutcome(
                receipt: receipt, redemptions: redemptions[receipt.stored] ?? [], returns: returns[receipt.stored] ?? [])
        }
    }
}

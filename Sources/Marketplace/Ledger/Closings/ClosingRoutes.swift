package import HTTPSupport
import HTTPTypes
import Kernel
import Parties
package import Postgres
import Tenancy

/// GET /v1/retailers/{retailer_id}/ledger-days                          closed days with their hashes, newest first
/// GET /v1/retailers/{retailer_id}/wallets/{wallet_id}/closings         what a wallet had at the end of days, newest first
package struct ClosingRoutes: Sendable {
    private let database: Database

    package init(_ database: Database) { self.database = database }

    package var routes: [Route] {
        [
            Route(
                .get, "/v1/retailers/{retailer_id}/ledger-days", "listLedgerDays",
                access: .platform | .retailer(.admin, .treasurer, .analyst), handle: days),
            Route(
                .get, "/v1/retailers/{retailer_id}/wallets/{wallet_id}/closings", "listWalletClosings",
                access: .platform | .retailer(.admin, .treasurer, .analyst) | .supplier(.admin, .treasurer, .analyst),
                handle: closings),
        ]
    }

    private func days(_ call: Call) async throws -> Reply {
        let retailer = try call.retailerID()
        let (page, before) = try call.query(Self.page)
        let days = try await database.read(as: call.scope) { tx in
            try tx.ledgerDays(of: retailer, before: before, limit: page.limit + 1)
        }
        return .json(Page(days, page) { "\($0.day)" })
    }

    private func closings(_ call: Call) async throws -> Reply {
        let (retailer, id) = (try call.retailerID(), try call.id("wallet_id", WalletID.self))
        let (page, before) = try call.query(Self.page)
        let closings = try await database.read(as: call.scope) { tx in
            guard let wallet = try tx.wallet(id, of: retailer) else { throw Problem.notFound("wallet") }
            return try tx.closings(of: wallet, at: retailer, before: before, limit: page.limit + 1)
        }
        return .json(Page(closings, page) { "\($0.day)" })
    }

    /// A page of days before the cursor's.
    private static func page(_ fields: Fields) -> (PageRequest, before: BusinessDay?) {
        let page = PageRequest(fields)
        let before = page.after.flatMap { BusinessDay($0) }
        if page.after != nil, before == nil { fields.refuse("cursor", "bad_cursor", "Is of another list.") }
        return (page, before)
    }
}

package import HTTPSupport
import HTTPTypes
import JSONText
import Kernel
package import Postgres
import Receipts
import Tenancy

/// POST   /v1/retailers/{retailer_id}/quotes               what a basket costs now, maybe keeping money and limits for it
/// DELETE /v1/retailers/{retailer_id}/quotes/{quote_id}    give a hold back
/// POST   /v1/retailers/{retailer_id}/receipts             what was paid, with the discounts that the till gave; returns, voids
package struct CheckoutRoutes: Sendable {
    private let database: Database
    private let key: QuoteKey

    package init(_ database: Database, key: QuoteKey) {
        self.database = database
        self.key = key
    }

    package var routes: [Route] {
        [
            Route(
                .post, "/v1/retailers/{retailer_id}/quotes", "quoteBasket", access: .retailer(.till, .app),
                idempotency: .optional, handle: quote),
            Route(
                .delete, "/v1/retailers/{retailer_id}/quotes/{quote_id}", "releaseQuote", access: .retailer(.till, .app),
                handle: release),
            Route(.post, "/v1/retailers/{retailer_id}/receipts", "postReceipt", access: .retailer(.till, .feed), handle: post),
        ]
    }

    private func quote(_ call: Call) async throws -> Reply {
        let retailer = try call.retailerID()
        let request = try call.json(QuoteRequest.init)
        try call.principal.mayAct(inStore: request.store)
        let command = MakeQuote(request: request, key: key)
        guard request.holds, let basket = request.basket else {
            let preview = try await database.read(as: call.scope) { tx in
                try command.preview(in: tx, of: retailer, at: call.world.now())
            }
            if let moves = preview.moves {
                try await database.transaction(as: call.scope) { tx in try moves.run(in: tx, of: retailer, in: call.world) }
            }
            return .json(preview.quote)
        }
        return try await call.write(database, digests: key.digests(of: call.body)) { tx in
            .json(try command.hold(in: tx, of: retailer, basket: basket, world: call.world))
        }
    }

    private func release(_ call: Call) async throws -> Reply {
        let retailer = try call.retailerID()
        let command = ReleaseQuote(id: try call.id("quote_id"), stores: call.principal.stores)
        try await database.transaction(as: call.scope) { tx in try command.run(in: tx, of: retailer) }
        return .noContent
    }

    /// Takes no Idempotency-Key: the receipt's natural key is its claim, for good.
    private func post(_ call: Call) async throws -> Reply {
        let retailer = try call.retailerID()
        var receipt = try call.json { Receipt($0) }
        let problems = ReceiptRules.settle(&receipt)
        guard problems.isEmpty else { throw Problem.invalid(problems) }
        try call.principal.mayAct(inStore: receipt.key.storeID)
        let command = PostReceipt(receipt: receipt, key: key, world: call.world)
        let posted = try await database.transaction(as: call.scope) { tx in try command.run(in: tx, of: retailer) }
        return .json(posted, status: posted.state == "accepted" ? .created : .ok)
    }
}

extension Principal {
    /// A key that is bound to stores speaks for no other.
    fileprivate func mayAct(inStore store: ExternalID) throws {
        guard stores?.contains(store) ?? true else {
            throw Problem(403, "store_not_allowed", "The key is bound to other stores.")
        }
    }
}

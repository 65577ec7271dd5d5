package import Campaigns
package import HTTPSupport
import HTTPTypes
import JSONText
import Kernel
import Offers
package import Postgres
import Receipts
import Tenancy

/// POST   /v1/retailers/{retailer_id}/quotes               what a basket costs now, maybe keeping money and limits for it
/// POST   /v1/retailers/{retailer_id}/quotes/explain       why a basket gets what it gets, for the retailer's support
/// DELETE /v1/retailers/{retailer_id}/quotes/{quote_id}    give a hold back
/// POST   /v1/retailers/{retailer_id}/receipts             what was paid, with the discounts that the till gave; returns, voids
package struct CheckoutRoutes: Sendable {
    private let database: Database
    private let key: QuoteKey
    private let memory: CampaignMemory
    private let sales: GroupCommit<ReceiptWork, ReceiptKey, PostedReceipt>
    private let corrections: GroupCommit<ReceiptWork, ReceiptKey, PostedReceipt>
    private let holds: GroupCommit<HoldWork, HoldRequest.Key, Quote>

    package init(
        _ database: Database, key: QuoteKey, memory: CampaignMemory = CampaignMemory(), commits: CommitBounds = CommitBounds()
    ) {
        self.database = database
        self.key = key
        self.memory = memory
        let work: GroupCommit<ReceiptWork, ReceiptKey, PostedReceipt>.Work = { works, retailer in
            let command = PostReceipts(
                receipts: works.map(\.receipt), key: key, memory: memory, world: works[0].world)
            return try await database.transaction(as: .retailer(retailer)) { tx in try command.run(in: tx, of: retailer) }
        }
        sales = GroupCommit(commits, key: \.receipt.key, work: work)
        corrections = GroupCommit(commits, key: \.receipt.key, work: work)
        holds = GroupCommit(commits, key: \.hold.key) { works, retailer in
            let command = HoldQuotes(requests: works.map(\.hold), memory: memory, world: works[0].world)
            return try await database.transaction(as: .retailer(retailer)) { tx in try command.run(in: tx, of: retailer) }
        }
    }

    package var routes: [Route] {
        [
            Route(
                .post, "/v1/retailers/{retailer_id}/quotes", "quoteBasket", access: .retailer(.till, .app),
                idempotency: .optional, handle: quote),
            Route(
                .post, "/v1/retailers/{retailer_id}/quotes/explain", "explainBasket",
                access: .retailer(.admin, .analyst, .approver, .marketer), handle: explain),
            Route(
                .delete, "/v1/retailers/{retailer_id}/quotes/{quote_id}", "releaseQuote", access: .retailer(.till, .app),
                handle: release),
            Route(.post, "/v1/retailers/{retailer_id}/receipts", "postReceipt", access: .retailer(.till, .feed), handle: post),
        ]
    }

    private func quote(_ call: Call) async throws -> Reply {
        let retailer = try call.retailerID()
        let request = try call.json { QuoteRequest($0) }
        try call.principal.mayAct(inStore: request.store)
        guard request.holds, let basket = request.basket else {
            let command = MakeQuote(request: request, key: key, memory: memory)
            let preview = try await database.read(as: call.scope) { tx in
                try command.preview(in: tx, of: retailer, at: call.world.now())
            }
            if let moves = preview.moves {
                try await database.transaction(as: call.scope) { tx in try moves.run(in: tx, of: retailer, in: call.world) }
            }
            return answer(preview.quote, to: call)
        }
        let hold = HoldRequest(request: request, basket: basket)
        guard call.headers[.idempotencyKey] != nil else {
            return answer(try await holds.write(HoldWork(hold: hold, world: call.world), of: retailer), to: call)
        }
        let command = HoldQuotes(requests: [hold], memory: memory, world: call.world)
        return try await call.write(database, digests: key.digests(of: call.body)) { tx in
            answer(try command.run(in: tx, of: retailer)[0].get(), to: call)
        }
    }

    private func explain(_ call: Call) async throws -> Reply {
        let retailer = try call.retailerID()
        let command = ExplainBasket(request: try call.json(ExplainRequest.init), memory: memory)
        let explanation = try await database.read(as: call.scope) { tx in
            try command.run(in: tx, of: retailer, at: call.world.now())
        }
        var reply = Reply.json(explanation.written(for: LanguagePreferences(call.headers[.acceptLanguage])))
        reply.headers[.vary] = "Accept-Language"
        return reply
    }

    /// In the reader's language.
    private func answer(_ quote: Quote, to call: Call) -> Reply {
        var reply = Reply.json(quote.written(for: LanguagePreferences(call.headers[.acceptLanguage])))
        reply.headers[.vary] = "Accept-Language"
        return reply
    }

    private func release(_ call: Call) async throws -> Reply {
        let retailer = try call.retailerID()
        let command = ReleaseQuote(id: try call.id("quote_id"), stores: call.principal.stores)
        try await database.transaction(as: call.scope) { tx in try command.run(in: tx, of: retailer) }
        return .noContent
    }

    /// Takes no Idempotency-Key: the receipt's natural key is its claim, for good. Receipts that come together are
    /// written together, sales apart from what corrects them.
    private func post(_ call: Call) async throws -> Reply {
        let retailer = try call.retailerID()
        var receipt = try call.json { Receipt($0) }
        let problems = ReceiptRules.settle(&receipt)
        guard problems.isEmpty else { throw Problem.invalid(problems) }
        try call.principal.mayPost(receipt)
        let work = ReceiptWork(receipt: receipt, world: call.world)
        let posted = try await (receipt.kind == .sale ? sales : corrections).write(work, of: retailer)
        return .json(posted, status: posted.state == "accepted" ? .created : .ok)
    }
}

/// A quote with a hold on its way into a transaction.
private struct HoldWork: Sendable {
    let hold: HoldRequest
    let world: OutsideWorld
}

/// A receipt on its way into a transaction.
private struct ReceiptWork: Sendable {
    let receipt: Receipt
    let world: OutsideWorld
}

extension Principal {
    /// A return may be of another store's sale, as shoppers bring goods back where they like; a void takes a sale back where
    /// it was made.
    fileprivate func mayPost(_ receipt: Receipt) throws {
        try mayAct(inStore: receipt.key.storeID)
        if receipt.kind == .void, let voided = receipt.original { try mayAct(inStore: voided.storeID) }
    }

    /// A key that is bound to stores speaks for no other.
    fileprivate func mayAct(inStore store: ExternalID) throws {
        guard stores?.contains(store) ?? true else {
            throw Problem(403, "store_not_allowed", "The key is bound to other stores.")
        }
    }
}

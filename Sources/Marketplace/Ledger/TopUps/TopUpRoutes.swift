package import HTTPSupport
import HTTPTypes
import Kernel
import Parties
package import Postgres
import Tenancy

/// GET  /v1/retailers/{retailer_id}/top-ups                              by wallet and state; a supplier sees its own
/// POST .../wallets/{wallet_id}/top-ups                                  ask; the answer has the payment reference
/// GET  .../wallets/{wallet_id}/top-ups/{top_up_id}
/// POST .../wallets/{wallet_id}/top-ups/{top_up_id}/receive              the bank has it
/// POST .../wallets/{wallet_id}/top-ups/{top_up_id}/confirm              a second person agrees
/// POST .../wallets/{wallet_id}/top-ups/{top_up_id}/cancel
package struct TopUpRoutes: Sendable {
    private let database: Database

    package init(_ database: Database) { self.database = database }

    package var routes: [Route] {
        let topUps = "/v1/retailers/{retailer_id}/wallets/{wallet_id}/top-ups"
        let one = topUps + "/{top_up_id}"
        let holder: Access = .platform | .retailer(.treasurer)
        let readers: Access = .platform | .retailer(.admin, .treasurer, .analyst) | .supplier(.admin, .treasurer, .analyst)
        return [
            Route(.get, "/v1/retailers/{retailer_id}/top-ups", "listTopUps", access: readers, handle: list),
            Route(.post, topUps, "requestTopUp", access: .supplier(.treasurer), idempotency: .optional, handle: request),
            Route(.get, one, "getTopUp", access: readers, handle: show),
            Route(.post, one + "/receive", "receiveTopUp", access: holder, idempotency: .required, handle: receive),
            Route(.post, one + "/confirm", "confirmTopUp", access: holder, idempotency: .required, handle: confirm),
            Route(
                .post, one + "/cancel", "cancelTopUp", access: holder | .supplier(.treasurer), idempotency: .optional,
                handle: cancel),
        ]
    }

    private func list(_ call: Call) async throws -> Reply {
        let retailer = try call.retailerID()
        let (page, wallet, state) = try call.query { fields in
            (
                PageRequest(fields), fields.idIfPresent("wallet_id", WalletID.self),
                fields.wordIfPresent("state", TopUpState.self)
            )
        }
        let after = try page.id(TopUpID.self)
        let topUps = try await database.read(as: call.scope) { tx in
            let books = try tx.books(of: retailer, at: call.world.now())
            return try tx.topUps(in: books, of: wallet, state: state, after: after, limit: page.limit + 1)
        }
        return .json(Page(topUps, page) { "\($0.id)" })
    }

    private func show(_ call: Call) async throws -> Reply {
        let retailer = try call.retailerID()
        let (wallet, id) = (try call.id("wallet_id", WalletID.self), try call.id("top_up_id", TopUpID.self))
        let topUp = try await database.read(as: call.scope) { tx in
            let books = try tx.books(of: retailer, at: call.world.now())
            return try tx.topUps(in: books, only: id, of: wallet, limit: 1).first
        }
        guard let topUp else { throw Problem.notFound("top_up") }
        return .json(topUp)
    }

    private func request(_ call: Call) async throws -> Reply {
        let (retailer, wallet) = (try call.retailerID(), try call.id("wallet_id", WalletID.self))
        return try await call.write(database) { tx in
            let books = try tx.books(of: retailer, at: call.world.now())
            let command = try call.json { RequestTopUp($0, into: wallet, in: books) }
            let topUp = try command.run(in: tx, by: Author(call))
            return .created(topUp, at: "/v1/retailers/\(retailer)/wallets/\(wallet)/top-ups/\(topUp.id)")
        }
    }

    private func receive(_ call: Call) async throws -> Reply {
        try await take(call) { fields, step in ReceiveTopUp(fields, step).run }
    }

    private func confirm(_ call: Call) async throws -> Reply {
        try await take(call) { _, step in ConfirmTopUp(step: step).run }
    }

    private func cancel(_ call: Call) async throws -> Reply {
        try await take(call) { fields, step in CancelTopUp(fields, step).run }
    }

    private typealias Run = (borrowing Transaction, Author) throws -> TopUp

    private func take(_ call: Call, _ command: @escaping @Sendable (Fields, TopUpStep) -> Run) async throws -> Reply {
        let retailer = try call.retailerID()
        let (wallet, id) = (try call.id("wallet_id", WalletID.self), try call.id("top_up_id", TopUpID.self))
        return try await call.write(database) { tx in
            let books = try tx.books(of: retailer, at: call.world.now())
            let run = try call.json { command($0, TopUpStep(wallet: wallet, topUp: id, books: books)) }
            return .json(try run(tx, Author(call)))
        }
    }
}

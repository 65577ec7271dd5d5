package import HTTPSupport
import HTTPTypes
import Kernel
import Ledger
import Parties
package import Postgres
import Tenancy

/// POST /v1/retailers/{retailer_id}/wallets/{wallet_id}/payments      order: all statements that may be paid
/// GET  /v1/retailers/{retailer_id}/payments                          by wallet and state; a supplier sees its own
/// GET  /v1/retailers/{retailer_id}/payments/{payment_id}
/// POST /v1/retailers/{retailer_id}/payments/{payment_id}/pay         with the bank's reference, or netted
/// POST /v1/retailers/{retailer_id}/payments/{payment_id}/cancel
package struct PaymentRoutes: Sendable {
    private let database: Database

    package init(_ database: Database) { self.database = database }

    package var routes: [Route] {
        let all = "/v1/retailers/{retailer_id}/payments"
        let one = all + "/{payment_id}"
        let holder: Access = .platform | .retailer(.treasurer)
        let readers: Access = .platform | .retailer(.admin, .treasurer, .analyst) | .supplier(.admin, .treasurer, .analyst)
        return [
            Route(
                .post, "/v1/retailers/{retailer_id}/wallets/{wallet_id}/payments", "orderPayment", access: holder,
                idempotency: .required, handle: order),
            Route(.get, all, "listPayments", access: readers, handle: list),
            Route(.get, one, "getPayment", access: readers, handle: show),
            Route(.post, one + "/pay", "payPayment", access: holder, idempotency: .required, handle: pay),
            Route(.post, one + "/cancel", "cancelPayment", access: holder, idempotency: .required, handle: cancel),
        ]
    }

    private func order(_ call: Call) async throws -> Reply {
        let (retailer, wallet) = (try call.retailerID(), try call.id("wallet_id", WalletID.self))
        return try await call.write(database) { tx in
            let books = try tx.books(of: retailer, at: call.world.now())
            let command = try call.json { _ in OrderPayment(wallet: wallet, books: books) }
            let payment = try command.run(in: tx, by: Author(call))
            return .created(payment, at: "/v1/retailers/\(retailer)/payments/\(payment.id)")
        }
    }

    private func list(_ call: Call) async throws -> Reply {
        let retailer = try call.retailerID()
        let (page, asked) = try call.query { fields in
            (
                PageRequest(fields),
                PaymentFilter(wallet: fields.idIfPresent("wallet_id"), state: fields.wordIfPresent("state"))
            )
        }
        var filter = asked
        filter.after = try page.id(PaymentID.self)
        let (now, wanted) = (call.world.now(), filter)
        let payments = try await database.read(as: call.scope) { tx in
            try tx.payments(in: try tx.books(of: retailer, at: now), wanted, limit: page.limit + 1)
        }
        return .json(Page(payments, page) { "\($0.id)" })
    }

    private func show(_ call: Call) async throws -> Reply {
        let (retailer, id) = (try call.retailerID(), try call.id("payment_id", PaymentID.self))
        let payment = try await database.read(as: call.scope) { tx in
            try tx.payments(in: try tx.books(of: retailer, at: call.world.now()), PaymentFilter(only: id), limit: 2).first
        }
        guard let payment else { throw Problem.notFound("payment") }
        return .json(payment)
    }

    private func pay(_ call: Call) async throws -> Reply {
        try await take(call) { fields, step in PayPayment(fields, step).run }
    }

    private func cancel(_ call: Call) async throws -> Reply {
        try await take(call) { fields, step in CancelPayment(fields, step).run }
    }

    private typealias Run = (borrowing Transaction, Author) throws -> Payment

    private func take(_ call: Call, _ command: @escaping @Sendable (Fields, PaymentStep) -> Run) async throws -> Reply {
        let (retailer, id) = (try call.retailerID(), try call.id("payment_id", PaymentID.self))
        return try await call.write(database) { tx in
            let books = try tx.books(of: retailer, at: call.world.now())
            let run = try call.json { command($0, PaymentStep(payment: id, books: books)) }
            return .json(try run(tx, Author(call)))
        }
    }
}

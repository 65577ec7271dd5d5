package import HTTPSupport
import HTTPTypes
import Kernel
import Parties
package import Postgres
import Tenancy

/// POST /v1/retailers/{retailer_id}/wallets                             open one
/// GET  /v1/retailers/{retailer_id}/wallets                             with balances; a supplier sees its own
/// GET  /v1/retailers/{retailer_id}/wallets/{wallet_id}
/// GET  /v1/retailers/{retailer_id}/wallets/{wallet_id}/movements       newest first; by kind, days, campaign
/// PUT  /v1/retailers/{retailer_id}/wallets/{wallet_id}/low-balance     below which balance its owner is told
/// POST /v1/retailers/{retailer_id}/wallets/{wallet_id}/allocations     the retailer's budget into its own wallet
/// POST /v1/retailers/{retailer_id}/wallets/{wallet_id}/refunds         a supplier's rest goes back to its bank
package struct WalletRoutes: Sendable {
    private let database: Database

    package init(_ database: Database) { self.database = database }

    package var routes: [Route] {
        let wallets = "/v1/retailers/{retailer_id}/wallets"
        let one = wallets + "/{wallet_id}"
        return [
            Route(
                .post, wallets, "openWallet",
                access: .platform | .retailer(.admin, .treasurer) | .supplier(.admin, .treasurer), idempotency: .optional,
                handle: open),
            Route(.get, wallets, "listWallets", access: Self.readers, handle: list),
            Route(.get, one, "getWallet", access: Self.readers, handle: show),
            Route(.get, one + "/movements", "listMovements", access: Self.readers, handle: movements),
            Route(
                .put, one + "/low-balance", "setLowBalance",
                access: .retailer(.admin, .treasurer) | .supplier(.admin, .treasurer), handle: setLowBalance),
            Route(
                .post, one + "/allocations", "allocateToWallet", access: .retailer(.treasurer), idempotency: .required,
                handle: allocate),
            Route(
                .post, one + "/refunds", "refundWallet", access: .platform | .retailer(.treasurer), idempotency: .required,
                handle: refund),
        ]
    }

    private static let readers: Access =
        .platform | .retailer(.admin, .treasurer, .approver, .marketer, .analyst) | .anySupplierRole

    private func open(_ call: Call) async throws -> Reply {
        let retailer = try call.retailerID()
        let command = try call.json(OpenWallet.init)
        return try await call.write(database) { tx in
            let balance = try command.run(in: tx, of: retailer, by: Author(call))
            return .created(balance, at: "/v1/retailers/\(retailer)/wallets/\(balance.wallet.id)")
        }
    }

    private func list(_ call: Call) async throws -> Reply {
        let retailer = try call.retailerID()
        let (page, supplier) = try call.query { (PageRequest($0), $0.idIfPresent("supplier_id", SupplierID.self)) }
        let after = try page.id(WalletID.self)
        let wallets = try await database.read(as: call.scope) { tx in
            try tx.walletBalances(of: retailer, supplier: supplier, after: after, limit: page.limit + 1)
        }
        return .json(Page(wallets, page) { "\($0.wallet.id)" })
    }

    private func show(_ call: Call) async throws -> Reply {
        let (retailer, id) = (try call.retailerID(), try call.id("wallet_id", WalletID.self))
        let wallet = try await database.read(as: call.scope) { tx in try tx.walletBalance(id, of: retailer) }
        guard let wallet else { throw Problem.notFound("wallet") }
        return .json(wallet)
    }

    private func movements(_ call: Call) async throws -> Reply {
        let (retailer, id) = (try call.retailerID(), try call.id("wallet_id", WalletID.self))
        let filter = try call.query(MovementFilter.init)
        let movements = try await database.read(as: call.scope) { tx in
            guard let wallet = try tx.wallet(id, of: retailer) else { throw Problem.notFound("wallet") }
            return try tx.movements(of: wallet, at: retailer, filter)
        }
        if case .supplier = call.principal.organisation {
            return .json(Page(movements.map { $0.asSupplierReads() }, filter.page) { "\($0.seq)" })
        }
        return .json(Page(movements, filter.page) { "\($0.seq)" })
    }

    /// The caller's own fence says whether it sees the wallet; the account is the retailer's to change.
    private func setLowBalance(_ call: Call) async throws -> Reply {
        let (retailer, id) = (try call.retailerID(), try call.id("wallet_id", WalletID.self))
        let seen = try await database.read(as: call.scope) { tx in try tx.wallet(id, of: retailer) }
        guard let seen else { throw Problem.notFound("wallet") }
        let command = try call.json { SetLowBalance($0, of: id, in: seen.asset) }
        return try await call.write(database, as: .retailer(retailer)) { tx in
            .json(try command.run(in: tx, of: retailer, by: Author(call)))
        }
    }

    private func allocate(_ call: Call) async throws -> Reply {
        let (retailer, id) = (try call.retailerID(), try call.id("wallet_id", WalletID.self))
        return try await call.write(database) { tx in
            let books = try tx.books(of: retailer, at: call.world.now())
            let command = try call.json { AllocateToWallet($0, to: id, in: books) }
            return .json(try command.run(in: tx, by: Author(call)), status: .created)
        }
    }

    private func refund(_ call: Call) async throws -> Reply {
        let (retailer, id) = (try call.retailerID(), try call.id("wallet_id", WalletID.self))
        return try await call.write(database) { tx in
            let books = try tx.books(of: retailer, at: call.world.now())
            let command = try call.json { RefundWallet($0, from: id, in: books) }
            return .json(try command.run(in: tx, by: Author(call)), status: .created)
        }
    }
}

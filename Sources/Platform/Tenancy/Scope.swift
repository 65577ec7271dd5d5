package import Kernel
package import Postgres

/// Whose rows a unit of work may see. Row-level security in PostgreSQL is set from it and from nothing else.
package enum Scope: Sendable, Hashable {
    /// One retailer's rows, all suppliers' included: the retailer's own people, and the platform on its behalf.
    case retailer(RetailerID)
    /// One supplier's rows at one retailer.
    case supplier(SupplierID, at: RetailerID)
    /// A supplier's own people and keys, at no retailer.
    case supplierHome(SupplierID)
    /// Organisations and keys, no tenant's rows.
    case platform
    /// Keys, to find out who calls. Reads only.
    case authentication
    /// The queue and the log of one retailer.
    case worker(RetailerID)
    /// Which retailers there are.
    case workerHome

    package var session: Session {
        switch self {
        case .retailer(let retailer):
            Session(role: "tradewind_app", settings: [.retailer(retailer), .init("app.actor", word: "retailer")])
        case .supplier(let supplier, let retailer):
            Session(
                role: "tradewind_app",
                settings: [.retailer(retailer), .init("app.actor", word: "supplier"), .supplier(supplier)])
        case .supplierHome(let supplier):
            Session(role: "tradewind_app", settings: [.init("app.actor", word: "supplier"), .supplier(supplier)])
        case .platform: Session(role: "tradewind_platform")
        case .authentication: Session(role: "tradewind_auth")
        case .worker(let retailer): Session(role: "tradewind_worker", settings: [.retailer(retailer)])
        case .workerHome: Session(role: "tradewind_worker")
        }
    }
}

extension Session.Setting {
    fileprivate static func retailer(_ id: RetailerID) -> Self { .init("app.retailer_id", id: id.value) }
    fileprivate static func supplier(_ id: SupplierID) -> Self { .init("app.supplier_id", id: id.value) }
}

extension Database {
    /// A transaction that sees the rows of `scope`.
    @discardableResult
    package func transaction<Value: Sendable>(
        as scope: Scope, _ body: @escaping @Sendable (borrowing Transaction) throws -> Value
    ) async throws -> Value {
        try await transaction(as: scope.session, body)
    }

    /// A read-only transaction that sees the rows of `scope`.
    @discardableResult
    package func read<Value: Sendable>(
        as scope: Scope, _ body: @escaping @Sendable (borrowing Transaction) throws -> Value
    ) async throws -> Value {
        try await read(as: scope.session, body)
    }

    /// A read-only transaction whose statements all see the rows of `scope` of one moment.
    @discardableResult
    package func snapshot<Value: Sendable>(
        as scope: Scope, statementMillisMax: Int = Database.snapshotStatementMillisMax,
        _ body: @escaping @Sendable (borrowing Transaction) throws -> Value
    ) async throws -> Value {
        try await snapshot(as: scope.session, statementMillisMax: statementMillisMax, body)
    }
}

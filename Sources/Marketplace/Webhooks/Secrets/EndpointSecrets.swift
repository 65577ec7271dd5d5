package import Kernel
package import Postgres
package import Sealing
import Tenancy

/// What all endpoints keep sealed in one table, as a change of the master key sees it: one retailer's at a time, so many in a
/// transaction. Nodes that have both keys sign and deliver meanwhile.
package struct EndpointSecrets: SealedStore {
    package static let batchMax = 200

    package enum Table: Sendable {
        /// The secrets that messages are signed with.
        case secrets
        /// The Ed25519 keys, and the endpoints' own headers.
        case seals
    }

    private let table: Table
    private let database: Database
    private let world: OutsideWorld
    private let batchMax: Int

    package init(_ table: Table, _ database: Database, _ world: OutsideWorld, batchMax: Int = Self.batchMax) {
        self.table = table
        self.database = database
        self.world = world
        self.batchMax = batchMax
    }

    package func census() async throws -> SealCensus {
        var census = SealCensus(of: table.title)
        for retailer in try await retailers() {
            let counts = try await database.read(as: .worker(retailer)) { [table] tx in try tx.counts(of: table, at: retailer) }
            for (keyID, count) in counts { census.add(count, under: keyID) }
        }
        return census
    }

    package func reseal(_ box: SecretBox, passing damaged: Set<String>) async throws -> ResealedBatch {
        guard let previous = box.previousKeyID else { return .none }
        for retailer in try await retailers() {
            let batch = try await database.transaction(as: .worker(retailer)) { [table, world, batchMax] tx in
                let found = try tx.lock(table, under: previous, at: retailer, limit: batchMax + damaged.count)
                let (batch, fresh) = try ResealedBatch.of(found, named: \.name, passing: damaged) { one in
                    (id: one.id, sealed: try box.reseal(one.sealed, for: one.owner, in: world))
                }
                try tx.replace(fresh, in: table, at: retailer)
                return batch
            }
            if !batch.isLast { return batch }
        }
        return .none
    }

    private func retailers() async throws -> [RetailerID] {
        try await database.read(as: .workerHome) { tx in try tx.retailersToDeliverFor() }
    }
}

private struct EndpointSecret: Sendable {
    let endpoint: EndpointID
    let id: Identifier
    let kind: SealKind
    let sealed: SealedSecret

    /// As a damaged one is told of.
    var name: String { "\(endpoint) \(kind.rawValue) \(id)" }

    /// Whom it is sealed for.
    var owner: [UInt8] { kind.owner(endpoint) }
}

extension EndpointSecrets.Table {
    fileprivate var title: String {
        switch self {
        case .secrets: "endpoint secrets"
        case .seals: "endpoint keys"
        }
    }

    fileprivate var name: SQL {
        switch self {
        case .secrets: "endpoint_secret"
        case .seals: "endpoint_seal"
        }
    }

    fileprivate var id: SQL {
        switch self {
        case .secrets: "secret_id"
        case .seals: "seal_id"
        }
    }

    fileprivate var kind: SQL {
        switch self {
        case .secrets: "'secret'"
        case .seals: "kind"
        }
    }
}

extension Transaction {
    fileprivate func counts(
        of table: EndpointSecrets.Table, at retailer: RetailerID
    ) throws -> [(keyID: String, count: Int64)] {
        try query(
            """
            SELECT key_id, count(*)
            FROM \(fragment: table.name)
            WHERE retailer_id = \(retailer)
            GROUP BY key_id
            """
        ) { row in (try row.next(), try row.next()) }
    }

    fileprivate func lock(
        _ table: EndpointSecrets.Table, under keyID: String, at retailer: RetailerID, limit: Int
    ) throws -> [EndpointSecret] {
        try query(
            """
            SELECT endpoint_id, \(fragment: table.id), \(fragment: table.kind), key_id, sealed
            FROM \(fragment: table.name)
            WHERE retailer_id = \(retailer) AND key_id = \(keyID)
            ORDER BY endpoint_id, \(fragment: table.id)
            LIMIT \(limit)
            FOR UPDATE
            """
        ) { row in
            EndpointSecret(
                endpoint: try row.next(), id: try row.next(), kind: try row.next(),
                sealed: SealedSecret(keyID: try row.next(), bytes: try row.next()))
        }
    }

    fileprivate func replace(
        _ secrets: [(id: Identifier, sealed: SealedSecret)], in table: EndpointSecrets.Table, at retailer: RetailerID
    ) throws {
        guard let keyID = secrets.first?.sealed.keyID else { return }
        try execute(
            """
            UPDATE \(fragment: table.name) AS kept SET key_id = \(keyID), sealed = fact.sealed
            FROM unnest(\(secrets.map(\.id)), \(secrets.map(\.sealed.bytes))) AS fact (id, sealed)
            WHERE kept.retailer_id = \(retailer) AND kept.\(fragment: table.id) = fact.id
            """)
    }
}

package import Kernel
package import Postgres
package import Sealing
import Tenancy

/// The secrets of all endpoints, as a change of the master key sees them: one retailer's at a time, so many in a transaction.
/// Nodes that have both keys sign and deliver meanwhile.
package struct EndpointSecrets: SealedStore {
    package static let batchMax = 200

    private let database: Database
    private let world: OutsideWorld
    private let batchMax: Int

    package init(_ database: Database, _ world: OutsideWorld, batchMax: Int = Self.batchMax) {
        self.database = database
        self.world = world
        self.batchMax = batchMax
    }

    package func census() async throws -> SealCensus {
        var census = SealCensus(of: "endpoint secrets")
        for retailer in try await retailers() {
            let counts = try await database.read(as: .worker(retailer)) { tx in try tx.secretCounts(at: retailer) }
            for (keyID, count) in counts { census.add(count, under: keyID) }
        }
        return census
    }

    package func reseal(_ box: SecretBox, passing damaged: Set<String>) async throws -> ResealedBatch {
        guard let previous = box.previousKeyID else { return .none }
        for retailer in try await retailers() {
            let batch = try await database.transaction(as: .worker(retailer)) { [world, batchMax] tx in
                let secrets = try tx.lockSecrets(under: previous, at: retailer, limit: batchMax + damaged.count)
                let (batch, sealed) = try ResealedBatch.of(secrets, named: { "\($0.endpoint) secret \($0.id)" }, passing: damaged)
                { secret in
                    (secret.id, try box.reseal(secret.sealed, for: secret.endpoint.value.bytes, in: world))
                }
                try tx.replace(sealed, at: retailer)
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

extension Transaction {
    fileprivate func secretCounts(at retailer: RetailerID) throws -> [(keyID: String, count: Int64)] {
        try query(
            """
            SELECT key_id, count(*)
            FROM endpoint_secret
            WHERE retailer_id = \(retailer)
            GROUP BY key_id
            """
        ) { row in (try row.next(), try row.next()) }
    }

    fileprivate func lockSecrets(
        under keyID: String, at retailer: RetailerID, limit: Int
    ) throws -> [(endpoint: EndpointID, id: Identifier, sealed: SealedSecret)] {
        try query(
            """
            SELECT endpoint_id, secret_id, key_id, sealed
            FROM endpoint_secret
            WHERE retailer_id = \(retailer) AND key_id = \(keyID)
            ORDER BY endpoint_id, secret_id
            LIMIT \(limit)
            FOR UPDATE
            """
        ) { row in
            (try row.next(), try row.next(), SealedSecret(keyID: try row.next(), bytes: try row.next()))
        }
    }

    fileprivate func replace(_ secrets: [(id: Identifier, sealed: SealedSecret)], at retailer: RetailerID) throws {
        guard let keyID = secrets.first?.sealed.keyID else { return }
        try execute(
            """
            UPDATE endpoint_secret SET key_id = \(keyID), sealed = fact.sealed
            FROM unnest(\(secrets.map(\.id)), \(secrets.map(\.sealed.bytes))) AS fact (secret_id, sealed)
            WHERE endpoint_secret.retailer_id = \(retailer) AND endpoint_secret.secret_id = fact.secret_id
            """)
    }
}

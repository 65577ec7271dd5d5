package import Kernel
package import Postgres
package import Sealing
import Tenancy

/// The Ed25519 keys and own headers of all endpoints, as a change of the master key sees them: one retailer's at a time, so
/// many in a transaction.
package struct EndpointSeals: SealedStore {
    private let database: Database
    private let world: OutsideWorld
    private let batchMax: Int

    package init(_ database: Database, _ world: OutsideWorld, batchMax: Int = EndpointSecrets.batchMax) {
        self.database = database
        self.world = world
        self.batchMax = batchMax
    }

    package func census() async throws -> SealCensus {
        var census = SealCensus(of: "endpoint keys")
        for retailer in try await retailers() {
            let counts = try await database.read(as: .worker(retailer)) { tx in try tx.sealCounts(at: retailer) }
            for (keyID, count) in counts { census.add(count, under: keyID) }
        }
        return census
    }

    package func reseal(_ box: SecretBox, passing damaged: Set<String>) async throws -> ResealedBatch {
        guard let previous = box.previousKeyID else { return .none }
        for retailer in try await retailers() {
            let batch = try await database.transaction(as: .worker(retailer)) { [world, batchMax] tx in
                let seals = try tx.lockSeals(under: previous, at: retailer, limit: batchMax + damaged.count)
                let (batch, fresh) = try ResealedBatch.of(
                    seals, named: { "\($0.endpoint) \($0.kind.rawValue) \($0.id)" }, passing: damaged
                ) { seal in
                    (id: seal.id, sealed: try box.reseal(seal.sealed, for: seal.kind.owner(seal.endpoint), in: world))
                }
                try tx.replace(fresh, at: retailer)
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

private struct Seal: Sendable {
    let endpoint: EndpointID
    let id: Identifier
    let kind: SealKind
    let sealed: SealedSecret
}

extension Transaction {
    fileprivate func sealCounts(at retailer: RetailerID) throws -> [(keyID: String, count: Int64)] {
        try query(
            """
            SELECT key_id, count(*)
            FROM endpoint_seal
            WHERE retailer_id = \(retailer)
            GROUP BY key_id
            """
        ) { row in (try row.next(), try row.next()) }
    }

    fileprivate func lockSeals(under keyID: String, at retailer: RetailerID, limit: Int) throws -> [Seal] {
        try query(
            """
            SELECT endpoint_id, seal_id, kind, key_id, sealed
            FROM endpoint_seal
            WHERE retailer_id = \(retailer) AND key_id = \(keyID)
            ORDER BY endpoint_id, seal_id
            LIMIT \(limit)
            FOR UPDATE
            """
        ) { row in
            Seal(
                endpoint: try row.next(), id: try row.next(), kind: try row.next(),
                sealed: SealedSecret(keyID: try row.next(), bytes: try row.next()))
        }
    }

    fileprivate func replace(_ seals: [(id: Identifier, sealed: SealedSecret)], at retailer: RetailerID) throws {
        guard let keyID = seals.first?.sealed.keyID else { return }
        try execute(
            """
            UPDATE endpoint_seal SET key_id = \(keyID), sealed = fact.sealed
            FROM unnest(\(seals.map(\.id)), \(seals.map(\.sealed.bytes))) AS fact (seal_id, sealed)
            WHERE endpoint_seal.retailer_id = \(retailer) AND endpoint_seal.seal_id = fact.seal_id
            """)
    }
}

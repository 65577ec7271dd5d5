import Kernel
import Postgres
package import Sealing

/// Where the key of the noise comes from: configuration, or else the database, which makes one at the first need and
/// keeps it under the master key, so that all nodes draw the same noise.
package enum NoiseKey: Sendable {
    case configured([UInt8])
    case stored(SecretBox)

    private static let name = "supplier_count_noise"

    /// In a transaction that may write.
    func noise(in tx: borrowing Transaction, _ world: OutsideWorld) throws -> CountNoise {
        switch self {
        case .configured(let key): CountNoise(key: key)
        case .stored(let box): CountNoise(key: try tx.serverSecret(Self.name, under: box, world))
        }
    }
}

extension Transaction {
    /// The secret of this name; a random one becomes it where there is none.
    fileprivate func serverSecret(_ name: String, under box: SecretBox, _ world: OutsideWorld) throws -> [UInt8] {
        if let secret = try storedSecret(name) { return try secret.opened(with: box) }
        let fresh = try box.seal(
            world.randomBytes(CountNoise.keyBytes), for: ServerSecret.owner(of: name), in: world)
        try execute(
            """
            INSERT INTO server_secret (name, key_id, sealed)
            VALUES (\(name), \(fresh.keyID), \(fresh.bytes))
            ON CONFLICT (name) DO NOTHING
            """)
        guard let secret = try storedSecret(name) else { throw DatabaseError.rowCount(expected: 1, found: 0) }
        return try secret.opened(with: box)
    }

    private func storedSecret(_ name: String) throws -> ServerSecret? {
        try first(
            """
            SELECT \(fragment: ServerSecret.columns)
            FROM server_secret
            WHERE name = \(name)
            """, { row in try ServerSecret(row: &row) })
    }
}

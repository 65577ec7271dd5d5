import Kernel
import Postgres

/// Where the key of the noise comes from: configuration, or else the database, which makes one at the first need and
/// keeps it, so that all nodes draw the same noise.
package enum NoiseKey: Sendable {
    case configured([UInt8])
    case stored

    private static let name = "supplier_count_noise"

    /// In a transaction that may write.
    func noise(in tx: borrowing Transaction, _ world: OutsideWorld) throws -> CountNoise {
        switch self {
        case .configured(let key): CountNoise(key: key)
        case .stored: CountNoise(key: try tx.serverSecret(Self.name, otherwise: world.randomBytes(CountNoise.keyBytes)))
        }
    }
}

extension Transaction {
    /// The secret of this name; `fresh` becomes it where there is none.
    fileprivate func serverSecret(_ name: String, otherwise fresh: @autoclosure () -> [UInt8]) throws -> [UInt8] {
        if let secret = try storedSecret(name) { return secret }
        try execute(
            """
            INSERT INTO server_secret (name, secret)
            VALUES (\(name), \(Bytes(fresh())))
            ON CONFLICT (name) DO NOTHING
            """)
        guard let secret = try storedSecret(name) else { throw DatabaseError.rowCount(expected: 1, found: 0) }
        return secret
    }

    private func storedSecret(_ name: String) throws -> [UInt8]? {
        try first("SELECT secret FROM server_secret WHERE name = \(name)") { row in try row.next(Bytes.self).array }
    }
}

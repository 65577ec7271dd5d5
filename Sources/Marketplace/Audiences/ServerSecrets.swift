package import Kernel
package import Postgres
package import Sealing
import Tenancy

/// The service's own secrets, as a change of the master key sees them: a few rows. Those that are older than sealing stand in
/// the clear until the first rotation.
package struct ServerSecrets: SealedStore {
    private let database: Database
    private let world: OutsideWorld

    package init(_ database: Database, _ world: OutsideWorld) {
        self.database = database
        self.world = world
    }

    package func census() async throws -> SealCensus {
        let counts = try await database.read(as: .workerHome) { tx in
            try tx.query("SELECT key_id, count(*) FROM server_secret GROUP BY key_id") { row in
                (try row.nextOptional(String.self), try row.next(Int64.self))
            }
        }
        var census = SealCensus(of: "server secrets")
        for (keyID, count) in counts { census.add(count, under: keyID) }
        return census
    }

    package func reseal(_ box: SecretBox, passing damaged: Set<String>) async throws -> ResealedBatch {
        try await database.transaction(as: .workerHome) { [world] tx in
            let due = try tx.lockServerSecrets(notUnder: box)
            let (batch, sealed) = try ResealedBatch.of(due, named: \.name, passing: damaged) { secret in
                let bytes = try secret.opened(with: box)
                return (secret.name, try box.seal(bytes, for: ServerSecret.owner(of: secret.name), in: world))
            }
            for (name, secret) in sealed { try tx.replace(name, by: secret) }
            return batch
        }
    }
}

/// One of them as it is stored: sealed, or in the clear.
struct ServerSecret: Sendable {
    enum Form: Sendable {
        case plain([UInt8])
        case sealed(SealedSecret)
    }

    let name: String
    let form: Form

    /// What its seal is bound to.
    static func owner(of name: String) -> [UInt8] { Array("server secret \(name)".utf8) }

    func opened(with box: SecretBox) throws -> [UInt8] {
        switch form {
        case .plain(let bytes): bytes
        case .sealed(let sealed): try box.open(sealed, for: Self.owner(of: name))
        }
    }

    static let columns: SQL = "name, secret, key_id, sealed"

    init(row: inout Row) throws {
        name = try row.next()
        let plain = try row.nextOptional(Bytes.self)
        let keyID = try row.nextOptional(String.self)
        let sealed = try row.nextOptional(Bytes.self)
        switch (plain, keyID, sealed) {
        case (let plain?, nil, nil): form = .plain(plain.array)
        case (nil, let keyID?, let sealed?): form = .sealed(SealedSecret(keyID: keyID, bytes: sealed))
        default: throw DatabaseError.decoding("a server secret is either plain or sealed")
        }
    }
}

extension Transaction {
    fileprivate func lockServerSecrets(notUnder box: SecretBox) throws -> [ServerSecret] {
        try query(
            """
            SELECT \(fragment: ServerSecret.columns)
            FROM server_secret
            WHERE key_id IS NULL OR key_id = \(box.previousKeyID)
            ORDER BY name
            FOR UPDATE
            """, { row in try ServerSecret(row: &row) })
    }

    fileprivate func replace(_ name: String, by sealed: SealedSecret) throws {
        try execute(
            """
            UPDATE server_secret SET secret = NULL, key_id = \(sealed.keyID), sealed = \(sealed.bytes)
            WHERE name = \(name)
            """)
    }
}

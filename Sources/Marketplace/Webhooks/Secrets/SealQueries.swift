import Kernel
import Postgres
import Sealing

/// How the Ed25519 keys and the own headers of an endpoint are written. Its secrets have a table of their own.
extension Transaction {
    func store(
        _ key: SigningKey, of endpoint: Endpoint, at retailer: RetailerID, _ box: SecretBox, _ world: OutsideWorld
    ) throws {
        let sealed = try box.seal(key.bytes, for: SealKind.signingKey.owner(endpoint.id), in: world)
        try insert(.signingKey, sealed, key.publicKey, of: endpoint, at: retailer, world)
    }

    /// In place of those that were there.
    func replace(
        headers: OwnHeaders, of endpoint: Endpoint, at retailer: RetailerID, _ box: SecretBox, _ world: OutsideWorld
    ) throws {
        try execute(
            """
            DELETE FROM endpoint_seal
            WHERE retailer_id = \(retailer) AND endpoint_id = \(endpoint.id) AND kind = 'headers'
            """)
        guard !headers.list.isEmpty else { return }
        let sealed = try box.seal(headers.sealedBytes, for: SealKind.headers.owner(endpoint.id), in: world)
        try insert(.headers, sealed, nil, of: endpoint, at: retailer, world)
    }

    private func insert(
        _ kind: SealKind, _ sealed: SealedSecret, _ publicKey: WebhookPublicKey?, of endpoint: Endpoint,
        at retailer: RetailerID, _ world: OutsideWorld
    ) throws {
        let id = Identifier(at: world.now(), random: (world.random(), world.random()))
        try execute(
            """
            INSERT INTO endpoint_seal (
                retailer_id, endpoint_id, seal_id, supplier_id, kind, public_key, key_id, sealed, created_at
            )
            VALUES (
                \(retailer), \(endpoint.id), \(id), \(endpoint.supplier), \(kind), \(publicKey.map { Bytes($0.bytes) }),
                \(sealed.keyID), \(sealed.bytes), clock_timestamp()
            )
            """)
    }

    /// The keys in force sign on for so long, and no longer than they had; those that are over go.
    func expireSigningKeys(of endpoint: EndpointID, at retailer: RetailerID, afterSeconds seconds: Int64) throws {
        try pipeline([
            """
            UPDATE endpoint_seal
            SET expires_at = LEAST(expires_at, clock_timestamp() + \(seconds) * interval '1 second')
            WHERE retailer_id = \(retailer) AND endpoint_id = \(endpoint) AND kind = 'signing_key'
            """,
            """
            DELETE FROM endpoint_seal
            WHERE retailer_id = \(retailer) AND endpoint_id = \(endpoint) AND kind = 'signing_key'
                AND expires_at <= clock_timestamp()
            """,
        ])
    }
}

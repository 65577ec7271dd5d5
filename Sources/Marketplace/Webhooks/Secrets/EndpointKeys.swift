import EventLog
import Kernel
import Postgres
import Sealing

/// What is opened for a message to one endpoint: all that signs now, the newest first, and the endpoint's own headers.
struct EndpointKeys: Sendable {
    var secrets: [WebhookSecret] = []
    var signingKeys: [SigningKey] = []
    var headers = OwnHeaders.none
    /// Something that is sealed under a key of ours does not open: nothing can be sent until it is rotated.
    var isDamaged = false

    /// The value of `webhook-signature`: first every secret's, then every Ed25519 key's.
    func signatures(id: String, timestamp: Int64, body: [UInt8]) throws -> String {
        let symmetric = secrets.map { $0.signature(id: id, timestamp: timestamp, body: body) }
        let asymmetric = try signingKeys.map { try $0.signature(id: id, timestamp: timestamp, body: body) }
        return (symmetric + asymmetric).joined(separator: " ")
    }

    mutating func add(_ kind: SealKind, _ sealed: SealedSecret, of endpoint: EndpointID, from box: SecretBox) throws {
        switch kind {
        case .secret: secrets.append(try box.open(sealed, for: endpoint))
        case .signingKey: signingKeys.append(try SigningKey(bytes: try box.open(sealed, for: kind.owner(endpoint))))
        case .headers: headers = try OwnHeaders(sealedBytes: try box.open(sealed, for: kind.owner(endpoint)))
        }
    }
}

/// What of an endpoint is kept sealed. What is sealed is bound to its endpoint and to its kind: none passes for another.
enum SealKind: String, SQLWord {
    case secret
    case signingKey = "signing_key"
    case headers

    func owner(_ endpoint: EndpointID) -> [UInt8] {
        switch self {
        case .secret: endpoint.value.bytes
        case .signingKey, .headers: endpoint.value.bytes + Array(rawValue.utf8)
        }
    }
}

extension Transaction {
    /// What signs now, the newest first, and the headers of these endpoints. A damaged one is its endpoint's trouble alone; a
    /// master key that is missing is the node's, and thrown.
    func keys(
        of endpoints: [EndpointID], at retailer: RetailerID, now: Instant, _ box: SecretBox
    ) throws -> [EndpointID: EndpointKeys] {
        let rows = try query(
            """
            SELECT endpoint_id, 'secret' AS kind, key_id, sealed, created_at
            FROM endpoint_secret
            WHERE retailer_id = \(retailer) AND endpoint_id = ANY(\(endpoints))
                AND (expires_at IS NULL OR expires_at > \(now))
            UNION ALL
            SELECT endpoint_id, kind, key_id, sealed, created_at
            FROM endpoint_seal
            WHERE retailer_id = \(retailer) AND endpoint_id = ANY(\(endpoints))
                AND (expires_at IS NULL OR expires_at > \(now))
            ORDER BY created_at DESC
            """
        ) { row in
            (
                endpoint: try row.next(EndpointID.self), kind: try row.next(SealKind.self),
                sealed: SealedSecret(keyID: try row.next(), bytes: try row.next())
            )
        }
        var keys: [EndpointID: EndpointKeys] = [:]
        for row in rows {
            do {
                try keys[row.endpoint, default: EndpointKeys()].add(row.kind, row.sealed, of: row.endpoint, from: box)
            } catch SecretBox.Fault.doesNotOpen {
                keys[row.endpoint]?.isDamaged = true
            }
        }
        return keys
    }
}

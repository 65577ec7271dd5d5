import EventLog
import HTTPSupport
import Kernel
import Parties
import Postgres
import Sealing

/// An endpoint gets a new secret, and a new Ed25519 key where it has one. Both sign for a day, so that a receiver may change over without missing anything; with
/// `immediate` the old one stops at once, for when it has leaked.
struct RotateSecret: Sendable {
    static let overlapSeconds: Int64 = 24 * 3600
    /// Secrets in force at once, and so signatures in a header.
    static let secretsMax = 5

    let target: EndpointTarget
    let immediate: Bool

    init(_ fields: Fields, _ call: Call) throws {
        target = try EndpointTarget(call)
        immediate = fields.boolIfPresent("immediate") ?? false
    }

    func run(in tx: borrowing Transaction, by author: Author, _ box: SecretBox) throws -> EndpointWithSecret {
        let endpoint = try tx.lock(target)
        try tx.expireSecrets(of: endpoint.id, at: target.retailer, afterSeconds: immediate ? 0 : Self.overlapSeconds)
        try tx.dropExpiredSecrets(of: endpoint.id, at: target.retailer)
        guard try tx.secretCount(of: endpoint.id, at: target.retailer) < Self.secretsMax else {
            throw EndpointRefusal.tooManySecrets
        }
        let secret = WebhookSecret(in: author.world)
        try tx.store(secret, of: endpoint, at: target.retailer, box, author.world)
        if !endpoint.publicKeys.isEmpty {
            try tx.expireSigningKeys(of: endpoint.id, at: target.retailer, afterSeconds: immediate ? 0 : Self.overlapSeconds)
            try tx.store(try SigningKey(in: author.world), of: endpoint, at: target.retailer, box, author.world)
        }
        let rotated = try tx.endpoint(target)
        try tx.audit(author, "endpoint.secret_rotated", about: EventSubject(endpoint.id), after: rotated)
        return EndpointWithSecret(endpoint: rotated, secret: secret)
    }
}

import Crypto
package import HTTPTypes
import JSONText
package import Kernel
package import Postgres
package import Tenancy

/// A write that may be sent again: with the same `Idempotency-Key` it takes effect once and is answered the same.
///
/// The key and the work are one transaction. The claim is by tenant, organisation and key, kept for good. What was
/// refused is not remembered: nothing took effect, so it is judged anew.
extension Call {
    /// `as` is another scope than the call's own, for what the platform does to a tenant from outside. `digests` stand for a
    /// body that names somebody: a plain hash of it could be tried against names by who reads the table. The first is
    /// remembered, each is known again.
    package func write(
        _ database: Database, as other: Scope? = nil, digests: [[UInt8]]? = nil,
        _ work: @escaping @Sendable (borrowing Transaction) throws -> Reply
    ) async throws -> Reply {
        let scope = other ?? scope
        guard let claim = try idempotencyClaim(in: scope, digests ?? [body]) else {
            return try await database.transaction(as: scope, work)
        }
        return try await database.transaction(as: scope) { tx in
            guard try tx.lock(claim) else { throw IdempotencyRefusal.inProgress }
            if let answer = try tx.answer(to: claim) { return try answer.replay(for: claim) }
            let reply = try work(tx)
            try tx.remember(reply, for: claim)
            return reply
        }
    }

    private func idempotencyClaim(in scope: Scope, _ contents: [[UInt8]]) throws -> IdempotencyClaim? {
        guard idempotency != .none else { return nil }
        guard let key = headers[.idempotencyKey] else {
            if idempotency == .required { throw IdempotencyRefusal.keyMissing }
            return nil
        }
        guard (1...Limits.idempotencyKeyCharactersMax).contains(key.utf8.count),
            key.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { throw IdempotencyRefusal.keyMalformed }
        return IdempotencyClaim(
            retailer: tenant(of: scope), organisation: principal.organisation.id, key: key,
            fingerprints: contents.map(fingerprint(of:)))
    }

    private func fingerprint(of content: [UInt8]) -> Bytes {
        var hash = SHA256()
        hash.update(data: Array("\(method.rawValue) \(path)\n".utf8))
        hash.update(data: content)
        return Bytes(Array(hash.finalize()))
    }

    /// Claims outside a tenant stand under the organisation itself.
    private func tenant(of scope: Scope) -> Identifier {
        switch scope {
        case .retailer(let id), .supplier(_, let id), .worker(let id): id.value
        case .supplierHome, .platform, .authentication, .workerHome: Identifier(high: 0, low: 0)
        }
    }
}

package enum IdempotencyRefusal: Refusal {
    case keyMissing, keyMalformed, inProgress, reused

    package var problem: Problem {
        switch self {
        case .keyMissing: Problem(400, "idempotency_key_required", "This write needs an Idempotency-Key header.")
        case .keyMalformed:
            Problem(400, "idempotency_key_malformed", "The Idempotency-Key must be 1 to 255 visible ASCII characters.")
        case .inProgress:
            Problem(409, "request_in_progress", "A request with this Idempotency-Key is at work.", retryAfterSeconds: 1)
        case .reused:
            Problem(422, "idempotency_key_reused", "This Idempotency-Key was used with another request.")
        }
    }
}

extension HTTPField.Name {
    package static let idempotencyKey = HTTPField.Name("Idempotency-Key")!
    package static let idempotentReplayed = HTTPField.Name("Idempotent-Replayed")!
}

struct IdempotencyClaim: Sendable {
    let retailer: Identifier
    let organisation: Identifier
    let key: String
    /// The first is stored.
    let fingerprints: [Bytes]
}

struct RememberedAnswer: Sendable {
    let fingerprint: Bytes
    let status: Int32
    let location: String?
    let body: Bytes

    func replay(for claim: IdempotencyClaim) throws -> Reply {
        guard claim.fingerprints.contains(fingerprint) else { throw IdempotencyRefusal.reused }
        var reply = Reply(
            status: HTTPResponse.Status(code: Int(status)),
            headers: [.contentType: "application/json", .idempotentReplayed: "true"],
            body: .bytes(body.array))
        if let location { reply.headers[.location] = location }
        return reply
    }
}

extension Transaction {
    /// False where another request with the same key is at work. The first statement of its transaction.
    func lock(_ claim: IdempotencyClaim) throws -> Bool {
        let name = "\(claim.retailer) \(claim.organisation) \(claim.key)"
        return try one("SELECT pg_try_advisory_xact_lock(hashtextextended(\(name), 0))") { row in try row.next(Bool.self) }
    }

    func answer(to claim: IdempotencyClaim) throws -> RememberedAnswer? {
        try first(
            """
            SELECT fingerprint, status, location, body
            FROM idempotency_claim
            WHERE retailer_id = \(claim.retailer) AND organisation_id = \(claim.organisation) AND key = \(claim.key)
            """
        ) { row in
            RememberedAnswer(
                fingerprint: try row.next(), status: try row.next(), location: try row.nextOptional(), body: try row.next())
        }
    }

    func remember(_ reply: Reply, for claim: IdempotencyClaim) throws {
        guard case .bytes(let body) = reply.body, body.count <= Limits.rememberedBytesMax else {
            preconditionFailure("an answer to a keyed write must be small and whole")
        }
        try execute(
            """
            INSERT INTO idempotency_claim (retailer_id, organisation_id, key, fingerprint, status, location, body)
            VALUES (
                \(claim.retailer), \(claim.organisation), \(claim.key), \(claim.fingerprints[0]), \(Int32(reply.status.code)),
                \(reply.headers[.location]), \(Bytes(body))
            )
            """)
    }
}

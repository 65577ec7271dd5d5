import HTTPTypes
import Kernel
import Synchronization
import Tenancy

/// The rates of this node's callers. It knows what came to this node: behind N nodes a caller has N times the rate.
///
/// Buckets are spread over shards by name, each behind a lock of its own; a known bucket costs no allocation.
/// Rates are of the time that passes, in nanoseconds, not of the clock, which may be set.
final class RateLimiter: Sendable {
    private static let shardCount = 16

    private let limits: Limits
    private let shards: [Shard]
    private let policies: [OperationClass: String]

    private final class Shard: Sendable {
        let table: Mutex<BucketTable>
        init(countMax: Int) { table = Mutex(BucketTable(countMax: countMax)) }
    }

    init(_ limits: Limits) {
        self.limits = limits
        shards = (0..<Self.shardCount).map { _ in Shard(countMax: max(1, limits.bucketsMax / Self.shardCount)) }
        policies = Dictionary(
            uniqueKeysWithValues: OperationClass.allCases.map { ($0, RateVerdict.policy(limits.rates(of: $0))) })
    }

    /// Takes a token of the key's and of its organisation's bucket. A request that its key refuses takes none of the
    /// organisation's.
    func take(for principal: Principal, _ kind: OperationClass, at nanos: Int64) -> RateVerdict {
        let rates = limits.rates(of: kind)
        let key = take(BucketName(.key, kind, principal.key.value), at: nanos, rates.key)
        let tenant = BucketName(.tenant, kind, principal.organisation.id)
        return RateVerdict(
            key: key, tenant: key.isAllowed ? take(tenant, at: nanos, rates.tenant) : nil, kind: kind,
            policy: policies[kind] ?? "")
    }

    /// Counts a key that was refused.
    func takeFailure(from address: Identifier, at nanos: Int64) -> RateState {
        take(BucketName(.address, .usual, address), at: nanos, limits.failures)
    }

    /// Counts a request with a body and without a key.
    func takeOpen(from address: Identifier, at nanos: Int64) -> RateState {
        take(BucketName(.stranger, .usual, address), at: nanos, limits.failures)
    }

    func mayFail(from address: Identifier, at nanos: Int64) -> Bool {
        let name = BucketName(.address, .usual, address)
        return shard(name).table.withLock { $0.hasToken(name, at: nanos, limits.failures) }
    }

    private func take(_ name: BucketName, at nanos: Int64, _ rate: Rate) -> RateState {
        shard(name).table.withLock { $0.take(name, at: nanos, rate) }
    }

    private func shard(_ name: BucketName) -> Shard { shards[Int(UInt(bitPattern: name.hashValue) % UInt(Self.shardCount))] }
}

/// What the buckets of a key and of its organisation said to a request, and how the answer tells of it:
/// draft-ietf-httpapi-ratelimit-headers, as structured fields (RFC 9651).
struct RateVerdict: Sendable, Hashable {
    let key: RateState
    /// Nil where the key was refused already.
    let tenant: RateState?
    let kind: OperationClass
    let policy: String

    /// `q` tokens at most, filled again within `w` seconds.
    static func policy(_ rates: ClassRates) -> String {
        "\"key\";q=\(rates.key.burst);w=\(rates.key.secondsOfBurst), "
            + "\"tenant\";q=\(rates.tenant.burst);w=\(rates.tenant.secondsOfBurst)"
    }

    /// `r` tokens are left, and all are back in `t` seconds.
    var state: String {
        let tenant = tenant.map { ", \"tenant\";r=\($0.tokens);t=\($0.secondsToFull)" } ?? ""
        return "\"key\";r=\(key.tokens);t=\(key.secondsToFull)\(tenant)"
    }

    /// Nil where both let the request pass.
    var refusal: Problem? {
        if !key.isAllowed { return .rateLimited("The key has", kind, key) }
        return tenant.flatMap { $0.isAllowed ? nil : .rateLimited("All keys of the organisation together have", kind, $0) }
    }

    func add(to headers: inout HTTPFields) {
        headers[Self.policyHeader] = policy
        headers[Self.stateHeader] = state
    }

    private static let policyHeader = HTTPField.Name("RateLimit-Policy")!
    private static let stateHeader = HTTPField.Name("RateLimit")!
}

extension Problem {
    fileprivate static func rateLimited(_ who: String, _ kind: OperationClass, _ state: RateState) -> Problem {
        rateLimited("\(who) no \(kind.rawValue) operation left for now.", retryAfterSeconds: state.retryAfterSeconds)
    }

    static func rateLimited(_ detail: String, retryAfterSeconds: Int) -> Problem {
        Problem(429, "rate_limited", "Too many requests.", detail: detail, retryAfterSeconds: retryAfterSeconds)
    }
}

package import JSONText

/// The named limits of the HTTP side of one node. Each is a tested refusal; `docs/limits.md` lists them with what happens
/// when one is reached.
package struct Limits: Sendable {
    /// The largest answer that is remembered for an `Idempotency-Key`.
    package static let rememberedBytesMax = 64 * 1024
    package static let idempotencyKeyCharactersMax = 255
    package static let pageMax = 1000
    package static let pageDefault = 100

    /// More than a node carries: it stops a client in a loop, and no shop. One key may serve all tills of a chain.
    package var hot = ClassRates(
        key: Rate(perSecond: 20_000, burst: 40_000), tenant: Rate(perSecond: 20_000, burst: 40_000))
    package var usual = ClassRates(key: Rate(perSecond: 200, burst: 1_000), tenant: Rate(perSecond: 1_000, burst: 5_000))
    package var heavy = ClassRates(key: Rate(perSecond: 5, burst: 60), tenant: Rate(perSecond: 10, burst: 120))
    /// Keys that were refused, of one address; and as often, bodies that come without a key.
    package var failures = Rate(perSecond: 1, burst: 60)
    /// Buckets that this node remembers.
    package var bucketsMax = 65_536
    /// Unknown keys from addresses without a token left that are looked up at once.
    package var suspectsMax = 4

    /// Requests at work at once on this node; beyond it 503.
    package var requestsMax = 1000
    package var requestsOfTenantMax = 800
    package var heavyRequestsMax = 16
    package var heavyRequestsOfTenantMax = 8
    /// Requests at work that bring a body and no key: who sends it slowly takes no place of a caller who has one.
    package var openRequestsMax = 32

    /// Requests of one organisation that read or wait for events.
    package var feedReadersOfTenantMax = 16

    /// How long a request may be at work, and how long one that streams a file.
    package var requestSecondsMax = 30
    package var bulkSecondsMax = 3_600

    package var connectionsMax = 10_000
    /// Beyond these a connection is told 503 and closed; so many at once, and the rest waits in the kernel.
    package static let refusedConnectionsMax = 256
    /// How long a connection may stand idle.
    package var idleSecondsMax = 60
    /// From the first byte of a request's head to its last.
    package var headSecondsMax = 10
    /// How long a body may take to arrive.
    package var bodySecondsMax = 30
    /// What is left of a body after its answer.
    package var drainSecondsMax = 5
    /// How long a client may take nothing of its answer.
    package var writeSecondsMax = 30

    package var headerBytesMax = 16 * 1024
    package var headersMax = 100
    package var uriBytesMax = 8 * 1024
    package var jsonBodyBytesMax = 1 << 20
    package var json = JSONLimits()

    package init() {}
}

/// What an operation costs, which says how often and how many at once it may be called.
package enum OperationClass: String, CaseIterable, Sendable {
    /// What tills and the app ask for all day, answered from memory or by one small transaction.
    case hot
    case usual
    /// Work over many rows: previews, forecasts, exports.
    case heavy
    /// A file as the body.
    case bulk
}

/// How often operations of one class may be called with one key, and with all keys of one organisation together.
package struct ClassRates: Sendable, Hashable {
    package var key: Rate
    package var tenant: Rate

    package init(key: Rate, tenant: Rate) {
        self.key = key
        self.tenant = tenant
    }
}

extension Limits {
    /// Files are as rare as heavy operations.
    func rates(of kind: OperationClass) -> ClassRates {
        switch kind {
        case .hot: hot
        case .usual: usual
        case .heavy, .bulk: heavy
        }
    }

    func secondsMax(of kind: OperationClass) -> Int { kind == .bulk ? bulkSecondsMax : requestSecondsMax }
}

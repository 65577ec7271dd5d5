import Kernel

/// Who is at work on this node, so that one organisation cannot take all of it, nor heavy operations all of the processors.
/// A place is held by a request, from its authentication until its answer is written or given up.
final class Places: Sendable {
    private let limits: Limits
    private let turnstile = Turnstile<Holder>()

    enum Holder: Hashable { case tenant(Identifier), heavy, heavyOfTenant(Identifier), open }
    typealias Place = Turnstile<Holder>.Pass

    init(_ limits: Limits) { self.limits = limits }

    /// 503 where the organisation or the class has no place left.
    func enter(_ tenant: Identifier, _ kind: OperationClass) throws(Problem) -> Place {
        var wanted = [(Holder.tenant(tenant), limits.requestsOfTenantMax, "this organisation")]
        if kind == .heavy {
            wanted.append((.heavyOfTenant(tenant), limits.heavyRequestsOfTenantMax, "this organisation that are heavy"))
            wanted.append((.heavy, limits.heavyRequestsMax, "all callers that are heavy"))
        }
        return try enter(wanted)
    }

    /// For a request that brings a body and no key.
    func enterOpen() throws(Problem) -> Place { try enter([(.open, limits.openRequestsMax, "callers without a key")]) }

    private func enter(_ wanted: [(holder: Holder, max: Int, who: String)]) throws(Problem) -> Place {
        do throws(Turnstile<Holder>.Full) {
            return try turnstile.enter(wanted.map { .init($0.holder, max: $0.max) })
        } catch {
            throw Problem(
                503, "overloaded", "Too many requests are at work.",
                detail: "Too many requests of \(wanted[error.index].who) are at work.", retryAfterSeconds: 1)
        }
    }
}

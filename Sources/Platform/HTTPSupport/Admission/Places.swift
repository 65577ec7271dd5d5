import Kernel
import Synchronization

/// Who is at work on this node, so that one organisation cannot take all of it, nor heavy operations all of the processors.
final class Places: Sendable {
    private let limits: Limits
    private let counts = Mutex<[Holder: Int]>([:])

    fileprivate enum Holder: Hashable { case tenant(Identifier), heavy, heavyOfTenant(Identifier), open }

    init(_ limits: Limits) { self.limits = limits }

    /// Held by a request, from its authentication until its answer is written or given up.
    final class Place: Sendable {
        private let places: Places
        private let holders: [Holder]

        fileprivate init(_ places: Places, _ holders: [Holder]) {
            self.places = places
            self.holders = holders
        }

        deinit { places.leave(holders) }
    }

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
        let full = counts.withLock { counts -> String? in
            if let full = wanted.first(where: { counts[$0.holder, default: 0] >= $0.max }) { return full.who }
            for (holder, _, _) in wanted { counts[holder, default: 0] += 1 }
            return nil
        }
        guard let full else { return Place(self, wanted.map(\.holder)) }
        throw Problem(
            503, "overloaded", "Too many requests are at work.", detail: "Too many requests of \(full) are at work.",
            retryAfterSeconds: 1)
    }

    private func leave(_ holders: [Holder]) {
        counts.withLock { counts in
            for holder in holders {
                let left = counts[holder, default: 1] - 1
                counts[holder] = left > 0 ? left : nil
            }
        }
    }
}

package import Kernel

/// Whose bucket: of a key or an organisation for one class of operations, of an address for keys that were refused, or of a
/// stranger at an address.
package struct BucketName: Hashable, Sendable {
    package enum Owner: Hashable, Sendable { case key, tenant, address, stranger }

    package let owner: Owner
    package let kind: OperationClass
    package let id: Identifier

    package init(_ owner: Owner, _ kind: OperationClass, _ id: Identifier) {
        self.owner = owner
        self.kind = kind
        self.id = id
    }
}

/// So many buckets by name. Where there is no room for another, the full ones go, since a new bucket is full as well;
/// where none is full, the one that is nearest to it.
package struct BucketTable: Sendable {
    private let countMax: Int
    private var buckets: [BucketName: TokenBucket] = [:]

    package init(countMax: Int) {
        precondition(countMax > 0, "a limit is positive")
        self.countMax = countMax
    }

    package var count: Int { buckets.count }

    package mutating func take(_ name: BucketName, at now: Int64, _ rate: Rate) -> RateState {
        if buckets.count >= countMax, buckets[name] == nil { makeRoom(at: now) }
        return buckets[name, default: TokenBucket()].take(at: now, rate)
    }

    package func hasToken(_ name: BucketName, at now: Int64, _ rate: Rate) -> Bool {
        buckets[name].map { $0.hasToken(at: now, rate) } ?? true
    }

    private mutating func makeRoom(at now: Int64) {
        let held = buckets.count
        buckets = buckets.filter { $0.value.fullAt > now }
        guard buckets.count == held, let nearest = buckets.min(by: { $0.value.fullAt < $1.value.fullAt }) else { return }
        buckets[nearest.key] = nil
    }
}

/// How many secrets of one kind are stored under which key, and how many in the clear.
package struct SealCensus: Sendable, Hashable {
    package let kind: String
    private var counts: [String?: Int64] = [:]

    package init(of kind: String) { self.kind = kind }

    /// `keyID` is nil for secrets in the clear.
    package mutating func add(_ count: Int64, under keyID: String?) { counts[keyID, default: 0] += count }

    package var total: Int64 { counts.values.reduce(0, +) }

    /// What a program with these keys makes of it.
    package func standing(before box: SecretBox?) -> Standing {
        var standing = Standing()
        for (keyID, count) in counts {
            switch keyID {
            case nil: standing.plain += count
            case box?.keyID: standing.current += count
            case box?.previousKeyID: standing.previous += count
            case let id?: standing.unknown[id, default: 0] += count
            }
        }
        return standing
    }

    package struct Standing: Sendable, Hashable {
        package fileprivate(set) var current: Int64 = 0
        package fileprivate(set) var previous: Int64 = 0
        /// Stored before secrets of this kind were sealed.
        package fileprivate(set) var plain: Int64 = 0
        /// By the name of a key that was not given.
        package fileprivate(set) var unknown: [String: Int64] = [:]

        package init() {}

        /// What a rotation would seal anew.
        package var due: Int64 { previous + plain }

        package static func + (left: Standing, right: Standing) -> Standing {
            var sum = left
            sum.current += right.current
            sum.previous += right.previous
            sum.plain += right.plain
            sum.unknown.merge(right.unknown, uniquingKeysWith: +)
            return sum
        }
    }
}

/// One kind of secret in the database: how they stand, and how some more of them are sealed anew.
package protocol SealedStore: Sendable {
    func census() async throws -> SealCensus

    /// One batch of those that the box's key did not seal, in one transaction. One that does not open is left as it is, and
    /// is passed by where it is known as damaged.
    func reseal(_ box: SecretBox, passing damaged: Set<String>) async throws -> ResealedBatch
}

/// What one batch of a rotation came upon.
package struct ResealedBatch: Sendable, Hashable {
    /// How many were sealed anew.
    package let count: Int
    /// Those that were found not to open, by the names under which an operator finds them.
    package let damaged: [String]

    package init(count: Int, damaged: [String]) {
        self.count = count
        self.damaged = damaged
    }

    package static let none = ResealedBatch(count: 0, damaged: [])

    /// Whether nothing is left that could be sealed anew.
    package var isLast: Bool { self == .none }

    /// Seals again what opens; `anew` throws `SecretBox.Fault` for what does not.
    package static func of<Secret, Sealed>(
        _ secrets: [Secret], named name: (Secret) -> String, passing damaged: Set<String>,
        anew: (Secret) throws -> Sealed
    ) rethrows -> (batch: ResealedBatch, sealed: [Sealed]) {
        var (sealed, found): ([Sealed], [String]) = ([], [])
        for secret in secrets where !damaged.contains(name(secret)) {
            do {
                sealed.append(try anew(secret))
            } catch is SecretBox.Fault {
                found.append(name(secret))
            }
        }
        return (ResealedBatch(count: sealed.count, damaged: found), sealed)
    }
}

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

    /// One batch of those that the box can open and its key did not seal, in one transaction; how many there were.
    func reseal(_ box: SecretBox) async throws -> Int
}

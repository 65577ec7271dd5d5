import Crypto
package import Postgres

/// A secret part of a retailer's shoppers that never changes: one in so many, chosen by a keyed hash of the shopper's key.
/// What suppliers are told is computed from these alone (docs/decisions/0025-a-secret-sample-for-suppliers.md).
///
/// In the sample is who has SHA-256(seed, key as eight bytes, most significant first) among the lowest 1 / `oneIn` of all
/// values: the same in SQL and here. The seed is as long as the hash and the input of one length, so that knowing some who
/// are in says nothing of others.
package struct ShopperSample: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    package static let seedBytes = 32
    /// The greatest `oneIn`.
    package static let oneInMax: Int32 = 100

    /// 2 to `oneInMax`: each shopper of the sample stands for so many.
    package let oneIn: Int32
    private let seed: [UInt8]

    package init(oneIn: Int32, seed: [UInt8]) {
        precondition((2...Self.oneInMax).contains(oneIn) && seed.count == Self.seedBytes, "one in 2 to 100, and 32 bytes")
        self.oneIn = oneIn
        self.seed = seed
    }

    package func contains(_ key: Int64) -> Bool {
        let hash = SHA256.hash(data: seed + (0..<8).map { UInt8(truncatingIfNeeded: key >> (56 - 8 * Int64($0))) })
        return hash.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) } < bound
    }

    /// The same as a condition on a column with a shopper's key; false where it is null.
    package func holds(_ column: SQL) -> SQL {
        let bytes = (0..<8).map { UInt8(truncatingIfNeeded: bound >> (56 - 8 * UInt64($0))) }
        return "sha256(\(Bytes(seed))::bytea || int8send(\(fragment: column))) < \(Bytes(bytes))::bytea"
    }

    /// Tells samples apart and says nothing of the seed.
    package var description: String {
        let hash = SHA256.hash(data: Array("sample of shoppers".utf8) + seed)
        return "1/\(oneIn) " + hash.prefix(8).map { String($0, radix: 16) }.joined(separator: ".")
    }

    package var customMirror: Mirror { Mirror(self, children: [:]) }

    private var bound: UInt64 { UInt64.max / UInt64(oneIn) }
}

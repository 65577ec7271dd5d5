enum LargestRemainder {
    /// An amount split in proportion to weights, the minor units that are left over to the largest remainders, ties to the
    /// first (DOMAIN 3). No part is more than its weight where the amount is no more than their sum.
    static func split(_ amount: Int64, by weights: [Int64]) -> [Int64] {
        let whole = weights.reduce(Int128(0)) { $0 + Int128($1) }
        guard whole > 0 else { return weights.map { _ in 0 } }
        let exact = weights.map { Int128(amount) * Int128($0) }
        var parts = exact.map { Int64($0 / whole) }
        let left = amount - parts.reduce(0, +)
        let falling = weights.indices.sorted {
            exact[$0] % whole != exact[$1] % whole ? exact[$0] % whole > exact[$1] % whole : $0 < $1
        }
        for index in falling.prefix(Int(left)) { parts[index] += 1 }
        return parts
    }
}

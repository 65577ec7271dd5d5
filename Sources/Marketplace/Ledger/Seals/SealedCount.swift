import Kernel

/// An entry that the books do not hold, or whose transfer they do not, though its account counts it.
struct SealGap: Sendable, Hashable {
    let account: AccountID
    let seq: Int64
}

/// What a sealer did. Accounts with a gap are sealed up to it; it is told each time, since nothing else of the service would.
struct SealedCount: Sendable, Hashable {
    var entries = 0
    var gaps: [SealGap] = []

    static func += (left: inout Self, right: Self) {
        left.entries += right.entries
        left.gaps += right.gaps
    }

    func checked() throws(SealGaps) -> Int {
        guard gaps.isEmpty else { throw SealGaps(gaps: gaps) }
        return entries
    }
}

/// Entries are missing; all others are sealed.
package struct SealGaps: Error, CustomStringConvertible {
    static let toldMax = 5

    let gaps: [SealGap]

    package var description: String {
        let told = gaps.prefix(Self.toldMax).map { "\($0.account) from entry \($0.seq) on" }.joined(separator: ", ")
        let more = gaps.count > Self.toldMax ? " and \(gaps.count - Self.toldMax) more" : ""
        return "entries are missing and stay unsealed: \(told)\(more); `tradewind verify` names them"
    }
}

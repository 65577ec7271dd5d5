package import Bitmaps

/// Who counts under which key: what became of cards that were merged, without those who are no persons. Pure.
package struct LiftKeys: Sendable {
    /// Keys that became another one.
    package let merged: [(key: UInt32, into: UInt32)]
    package let others: KeySet

    package init(merged: [(key: UInt32, into: UInt32)], others: KeySet) { (self.merged, self.others) = (merged, others) }

    /// Whoever was held out under either of two keys that were merged counts as held out, as offers have it.
    package func group(_ assigned: (shown: KeySet, holdout: KeySet)) -> LiftGroup {
        let (shown, holdout) = (following(assigned.shown), following(assigned.holdout))
        return LiftGroup(shown: shown.subtracting(holdout), holdout: holdout)
    }

    /// Each shopper in one of them, of two depths the least, and on the side of the whole.
    package func groups(_ assigned: [AssignedDepth], within total: LiftGroup) -> [(depthBP: Int32, group: LiftGroup)] {
        var taken = KeySet()
        return assigned.map { depth in
            let own = following(depth.all).subtracting(taken)
            taken.formUnion(own)
            return (
                depthBP: depth.depthBP,
                group: LiftGroup(shown: own.intersection(total.shown), holdout: own.intersection(total.holdout))
            )
        }
    }

    private func following(_ keys: KeySet) -> KeySet {
        var followed = keys
        for (key, into) in merged where keys.contains(key) { followed.insert(into) }
        for (key, _) in merged { followed.remove(key) }
        return followed.subtracting(others)
    }
}

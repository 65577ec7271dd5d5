package import Bitmaps
package import Campaigns
package import Kernel

/// What names a grant.
package struct GrantName: Sendable, Hashable {
    package let campaign: CampaignID
    package let startsOn: BusinessDay
    package let depthBP: Int32

    package init(campaign: CampaignID, startsOn: BusinessDay, depthBP: Int32) {
        self.campaign = campaign
        self.startsOn = startsOn
        self.depthBP = depthBP
    }
}

/// The grants that name each shopper, turned from a set of shoppers for each grant: a list of places for each key, two bytes
/// a promise and four a shopper. Grants that came later stay as sets until the lists are made anew.
package final class PromiseLists: Sendable {
    /// By place.
    package let grants: [GrantName]
    /// Where the list of each key begins in `named`, and the end of the last.
    private let starts: [UInt32]
    private let named: [UInt16]
    private let later: [(place: UInt16, members: KeySet)]

    /// At most 65 536 grants.
    package init(_ sets: [(grant: GrantName, members: KeySet)]) {
        precondition(sets.count <= Int(UInt16.max), "a place has two bytes")
        grants = sets.map(\.grant)
        later = []
        var counts: [UInt32] = []
        for set in sets {
            for key in set.members.sorted {
                let key = Int(key)
                if key + 1 >= counts.count { counts += [UInt32](repeating: 0, count: key + 2 - counts.count) }
                counts[key + 1] += 1
            }
        }
        if counts.isEmpty { counts = [0] }
        for key in counts.indices.dropFirst() { counts[key] += counts[key - 1] }
        var (next, named) = (counts, [UInt16](repeating: 0, count: Int(counts[counts.count - 1])))
        for (place, set) in sets.enumerated() {
            for key in set.members.sorted {
                named[Int(next[Int(key)])] = UInt16(place)
                next[Int(key)] += 1
            }
        }
        (starts, self.named) = (counts, named)
    }

    private init(_ lists: PromiseLists, adding sets: [(grant: GrantName, members: KeySet)]) {
        precondition(lists.grants.count + sets.count <= Int(UInt16.max), "a place has two bytes")
        (starts, named) = (lists.starts, lists.named)
        later = lists.later + sets.enumerated().map { (UInt16(lists.grants.count + $0.offset), $0.element.members) }
        grants = lists.grants + sets.map(\.grant)
    }

    /// The same with grants that it does not have.
    package func adding(_ sets: [(grant: GrantName, members: KeySet)]) -> PromiseLists {
        sets.isEmpty ? self : PromiseLists(self, adding: sets)
    }

    package var laterCount: Int { later.count }

    var byteCount: Int { 4 * starts.count + 2 * named.count + later.reduce(0) { $0 + $1.members.count * 2 } }

    /// The places of the grants that name a key.
    package func forEach(naming key: UInt32, _ body: (Int) -> Void) {
        if Int(key) + 1 < starts.count {
            for index in Int(starts[Int(key)])..<Int(starts[Int(key) + 1]) { body(Int(named[index])) }
        }
        for set in later where set.members.contains(key) { body(Int(set.place)) }
    }
}

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
    private let lists: PlacesByKey
    private let later: [(place: Int, members: KeySet)]

    /// At most 65 535 grants.
    package init(_ sets: [(grant: GrantName, members: KeySet)]) {
        precondition(sets.count <= Int(UInt16.max), "a place has two bytes")
        grants = sets.map(\.grant)
        later = []
        let greatest = sets.compactMap(\.members.greatest).max() ?? 0
        lists = PlacesByKey(0...greatest, sets.enumerated().map { ($0, $1.members) })
    }

    private init(_ lists: PromiseLists, adding sets: [(grant: GrantName, members: KeySet)]) {
        precondition(lists.grants.count + sets.count <= Int(UInt16.max), "a place has two bytes")
        self.lists = lists.lists
        later = lists.later + sets.enumerated().map { (lists.grants.count + $0.offset, $0.element.members) }
        grants = lists.grants + sets.map(\.grant)
    }

    /// The same with grants that it does not have.
    package func adding(_ sets: [(grant: GrantName, members: KeySet)]) -> PromiseLists {
        sets.isEmpty ? self : PromiseLists(self, adding: sets)
    }

    package var laterCount: Int { later.count }

    var byteCount: Int { lists.byteCount + later.reduce(0) { $0 + $1.members.count * 2 } }

    /// The places of the grants that name a key.
    package func forEach(naming key: UInt32, _ body: (Int) -> Void) {
        lists.forEach(of: key, body)
        for set in later where set.members.contains(key) { body(set.place) }
    }
}

import Bitmaps
import Campaigns
import Kernel
import Offers
import TestSupport
import Testing

/// What offers are looked up in.
@Suite struct OfferShelvesTests {
    @Test(arguments: [3, 17, 29] as [UInt64])
    func `lists name to each shopper the grants whose sets do, however they came`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let world = OutsideWorld(now: { Instant(microseconds: 0) }, uptimeNanos: { 0 }, random: { 7 })
        let sets = (0..<40).map { number in
            (
                grant: GrantName(
                    campaign: world.newID(), startsOn: BusinessDay(daysSince1970: Int32(number)), depthBP: Int32(number)),
                members: KeySet((0..<200).map { _ in UInt32.random(in: 1...300_000, using: &random) })
            )
        }
        var lists = PromiseLists(Array(sets.prefix(20)))
        for set in sets.dropFirst(20) { lists = lists.adding([set]) }
        let rebuilt = PromiseLists(sets)

        let keys = sets.flatMap(\.members.sorted) + (0..<500).map { _ in UInt32.random(in: 0...400_000, using: &random) }
        for key in keys {
            let wanted = sets.indices.filter { sets[$0].members.contains(key) }
            for shelf in [lists, rebuilt] {
                var found: [Int] = []
                shelf.forEach(naming: key) { found.append($0) }
                #expect(found == wanted, "seed \(seed), key \(key)")
            }
        }
        #expect((lists.laterCount, rebuilt.laterCount, lists.grants) == (20, 0, rebuilt.grants))
    }

    @Test func `nobody is in lists of nothing`() {
        var found = 0
        PromiseLists([]).forEach(naming: 5) { _ in found += 1 }
        #expect(found == 0)
    }

    @Test func `the directory finds every id that it was given, and no other`() {
        var draft = ShopperDirectory.Draft()
        let ids = (1...5_000).map { ExternalID(stored: "card-\($0 * 7)") } + ["ё", "a", "ab", "b"].map(ExternalID.init(stored:))
        for (number, id) in ids.enumerated() { draft.add(id, UInt32(number + 1)) }
        let directory = ShopperDirectory(draft)

        #expect(ids.enumerated().allSatisfy { directory.key(of: $1) == UInt32($0 + 1) })
        #expect(
            ["", "card-", "card-8", "card-35001", "aba", "е"].allSatisfy { directory.key(of: ExternalID(stored: $0)) == nil })
        #expect(directory.count == ids.count)
        #expect(ShopperDirectory(ShopperDirectory.Draft()).key(of: ExternalID(stored: "a")) == nil)
    }
}

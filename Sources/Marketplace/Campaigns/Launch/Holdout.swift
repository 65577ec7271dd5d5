import Bitmaps
package import Kernel

/// Who of an audience is deliberately not shown the offer, so that lift can be measured. It depends on the shopper and the
/// campaign alone (DOMAIN 15): the same on every node, whoever joins or leaves, and independent between campaigns.
package struct Holdout: Sendable {
    private let seed: UInt64
    private let share: BasisPoints

    package init(_ share: BasisPoints, of campaign: CampaignID) {
        self.share = share
        seed = Self.mix(campaign.value.high ^ Self.mix(campaign.value.low))
    }

    package func holds(_ shopperKey: Int64) -> Bool {
        let hash = Self.mix(seed ^ Self.mix(UInt64(bitPattern: shopperKey)))
        return hash.multipliedFullWidth(by: UInt64(BasisPoints.whole)).high < UInt64(share.value)
    }

    /// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): every bit of the input moves every bit of the output.
    private static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value &+ 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// The members of a campaign at launch: those who are shown the offer, and those who are kept for comparison.
package struct CampaignMembers: Sendable, Equatable {
    package let shown: [UInt32]
    package let held: [UInt32]

    package init(_ shopperKeys: some Sequence<Int64>, _ holdout: Holdout) {
        var (shown, held): ([UInt32], [UInt32]) = ([], [])
        for key in shopperKeys {
            if holdout.holds(key) { held.append(UInt32(key)) } else { shown.append(UInt32(key)) }
        }
        self.shown = shown
        self.held = held
    }

    package var shownBytes: [UInt8] { KeySet(shown).portableBytes }
    package var heldBytes: [UInt8] { KeySet(held).portableBytes }
}

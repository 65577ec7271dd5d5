/// What is scored: a whole campaign of the panel, or the part of one manufacturer in it, as it was sent to these households.
struct JourneyOffer {
    let campaign: Int
    /// Nil for the whole campaign.
    let manufacturer: Int32?
    let coupons: Set<Int32>
    let products: [Int32]
    let households: [Int32]
    /// Of these households.
    let redeemers: Set<Int32>
}

extension Journey {
    /// Every campaign.
    var campaignOffers: [JourneyOffer] {
        campaigns.indices.map { offer(of: $0, manufacturer: nil, campaigns[$0].coupons, redeemers(of: $0)) }
    }

    /// Every manufacturer of every campaign that owns a coupon in it, by campaign and manufacturer.
    var manufacturerOffers: [JourneyOffer] {
        campaigns.indices.flatMap { campaign in
            let redeemers = redeemers(of: campaign)
            let owned = Dictionary(grouping: campaigns[campaign].coupons.filter { $0.owner != nil }) { $0.owner ?? 0 }
            return owned.sorted { $0.key < $1.key }.map { owner, coupons in
                offer(of: campaign, manufacturer: owner, coupons, redeemers)
            }
        }
    }

    /// The first day on which each household redeemed a coupon of a campaign.
    func firstRedemptions(of campaign: Int) -> [Int32] {
        redemptions.compactMap { $0.first { Int($0.campaign) == campaign }?.day }
    }

    private func redeemers(of campaign: Int) -> [Redemption] {
        redemptions.flatMap { $0.filter { Int($0.campaign) == campaign } }
    }

    private func offer(
        of campaign: Int, manufacturer: Int32?, _ coupons: [Coupon], _ redemptions: [Redemption]
    ) -> JourneyOffer {
        let ids = Set(coupons.map(\.coupon))
        let products = Set(coupons.flatMap(\.products)).filter { product in
            manufacturer == nil || self.products[Int(product)].manufacturer == manufacturer
        }
        let used = Set(redemptions.filter { manufacturer == nil || ids.contains($0.coupon) }.map(\.household))
        return JourneyOffer(
            campaign: campaign, manufacturer: manufacturer, coupons: ids, products: products.sorted(),
            households: campaigns[campaign].households, redeemers: used.intersection(campaigns[campaign].households))
    }
}

import Bitmaps
import Campaigns
import JSONText
import Kernel
import Offers
import Shoppers
import Tenancy
import TestSupport
import Testing

/// What is looked at in a world: the app, the till, the explanation and the messages say the same.
extension OfferWorld {
    /// Who is promised what on a day, by shopper; every rule is kept, and the explanation agrees.
    func promises(on day: String) async throws -> [ExternalID: PromisesHeld] {
        var all: [ExternalID: PromisesHeld] = [:]
        for (shopper, key) in looked {
            let held = try await town.held(by: shopper, on: day)
            let told = Comment(rawValue: "seed \(random.seed), \(shopper) on \(day)")
            let mine = shows.filter { held.campaigns.contains($0.id) }
            #expect(mine.count <= slots, told)
            #expect(!mine.contains { $0.holdout.contains(UInt32(key)) }, told)
            for category in isApart ? ["c1", "c2"] : [] {
                #expect(Set(mine.filter { $0.category == category }.map(\.supplier)).count <= 1, told)
            }
            let explained = try await town.explained(shopper.text)
            for show in mine {
                let depth = try #require(held.depthsBP[show.id])
                #expect(show.depths.contains(depth), told)
                if depth > 0 { #expect(explained[show.id]?["depth_bp"] == .integer(Int64(depth)), told) }
            }
            let verdicts = explained.compactMapValues { $0["verdict"].string }
            let chosen = Set(verdicts.filter { $0.value == "chosen" }.keys)
            #expect(chosen.filter { explained[$0]?["withdrawn"] == .null } == held.campaigns, told)
            for show in shows where show.holdout.contains(UInt32(key)) {
                #expect(verdicts[show.id] == (show.startsOn > day ? nil : "holdout"), told)
            }
            if chosen.count < slots, !isApart { #expect(!verdicts.values.contains("no_slot"), told) }
            all[shopper] = held
        }
        return all
    }

    /// The app shows what is promised, but for what has no money left, at the price that the till takes and with the units
    /// that are left; and the till gives nothing else.
    func expectHonoured(_ promises: [ExternalID: PromisesHeld], on day: String) async throws {
        for (shopper, held) in promises {
            let told = Comment(rawValue: "seed \(random.seed), \(shopper) on \(day)")
            let offers = try await town.offers(of: shopper.text).json["data"].elements
            var best: [String: Int64] = [:]
            var shown: Set<CampaignID> = []
            for offer in offers {
                let campaign = try #require(offer["campaign_id"].string.flatMap { CampaignID($0) })
                let show = try #require(shows.first { $0.id == campaign })
                let depth = try #require(held.depthsBP[campaign], told)
                let discount = offer["discount"]["amount"].integer ?? 0
                #expect(!isOutOfMoney(campaign, at: depth), told)
                #expect(discount == self.discount(depth, of: show.product), told)
                #expect(offer["offer_price"]["amount"].integer == (Self.prices[show.product] ?? 0) - discount, told)
                let left = Int64(Self.perShopper - sold.units(of: campaign, by: shopper))
                #expect(offer["limits_left"]["units_per_shopper"].integer == left, told)
                if left > 0 { best[show.product] = max(best[show.product] ?? 0, discount) }
                shown.insert(campaign)
            }
            #expect(shown.isSubset(of: held.campaigns), told)
            for campaign in held.campaigns.subtracting(shown) {
                #expect(isOutOfMoney(campaign, at: held.depthsBP[campaign] ?? 0), told)
            }
            let given = try await quote(Self.prices.mapValues { _ in 1 }, for: shopper).given
            for (product, discounts) in given {
                #expect(discounts.map(\.minor).reduce(0, +) == best[product] ?? 0, told)
                #expect(shown.isSuperset(of: discounts.map(\.campaign)), told)
            }
        }
    }

    /// Whoever was told of a campaign is not held out of it, and whoever of those looked at was promised it was told.
    func expectTold(_ everPromised: [CampaignID: Set<ExternalID>]) async throws {
        let admin = try await town.market.key(of: town.retailer, .admin)
        let page = try await town.market.get("\(town.path)/events?types=offers.published&limit=1000", as: admin)
        var told: [CampaignID: Set<ExternalID>] = [:]
        for message in page.json["data"].elements.map({ $0["data"] }) {
            let campaign = try #require(message["campaign_id"].string.flatMap { CampaignID($0) })
            told[campaign, default: []].formUnion(message.shopperIDs.map { ExternalID(stored: $0) })
        }
        for show in shows {
            let readers = told[show.id] ?? []
            let heldOut = readers.filter { show.holdout.contains(UInt32(town.shoppers[$0] ?? 0)) }
            #expect(heldOut == [], "seed \(random.seed)")
            #expect(readers.isSuperset(of: everPromised[show.id] ?? []), "seed \(random.seed)")
        }
    }

    /// Whether a unit more of a campaign costs more at a depth than its budget has left.
    func isOutOfMoney(_ campaign: CampaignID, at depth: Int32) -> Bool {
        guard let show = shows.first(where: { $0.id == campaign }) else { return false }
        return show.budget - (sold.minor[campaign] ?? 0) < discount(depth, of: show.product)
    }
}

import Campaigns
import Kernel
import Offers
import Parties
import Tenancy
import TestSupport
import Testing

/// The choice for one shopper, in random worlds.
@Suite struct SlotChoiceTests {
    struct World: CustomTestStringConvertible {
        let seed: UInt64
        let contenders: [Contender]
        let rules: OfferChoice
        let bids: [Bid]
        let kept: [Int]
        let seen: [Int]

        var testDescription: String { "world \(seed)" }

        init(seed: UInt64) {
            var random = SeededGenerator(seed: seed)
            self.seed = seed
            let suppliers: [SupplierID?] = [nil] + (1...4).map { SupplierID(Identifier(high: 9, low: $0)) }
            contenders = (0..<Int.random(in: 1...14, using: &random)).map { place in
                let categories = (1...5).filter { _ in Bool.random(using: &random) && Bool.random(using: &random) }
                return Contender(
                    campaign: CampaignID(Identifier(high: 1, low: UInt64(place))),
                    supplier: suppliers.randomElement(using: &random)!,
                    isSupplierFunded: Int.random(in: 0..<3, using: &random) > 0,
                    categories: Set(categories.map { ExternalID(stored: "c\($0)") }))
            }
            rules = OfferChoice(
                perShopperMax: Bool.random(using: &random) ? Int32.random(in: 1...6, using: &random) : nil,
                perShopperWeekMax: Bool.random(using: &random) ? Int32.random(in: 1...6, using: &random) : nil,
                separation: Bool.random(using: &random) ? .category : .none, slots: Bool.random(using: &random) ? .fair : .best)
            var (bids, kept, seen) = ([Bid](), [Int](), [Int]())
            for place in contenders.indices {
                switch Int.random(in: 0..<6, using: &random) {
                case 0: kept.append(place)
                case 1: break
                default: bids.append(Bid(place: place, points: Int32.random(in: -3...3, using: &random)))
                }
                if Int.random(in: 0..<6, using: &random) == 0 { seen.append(place) }
            }
            (self.bids, self.kept, self.seen) = (bids.shuffled(using: &random), kept, seen)
        }

        var choice: SlotChoice { SlotChoice(contenders, by: rules) }

        var chosen: [Int] {
            zip(bids, choice.choose(bids, holding: kept, shownThisWeek: seen)).filter { $1 == .chosen }.map(\.0.place)
        }

        func areRivals(_ left: Int, _ right: Int) -> Bool {
            rules.separation == .category && contenders[left].isRival(of: contenders[right])
        }

        func funded(_ places: [Int]) -> Int { Set(places).count { contenders[$0].isSupplierFunded } }
    }

    static let seeds = 0..<UInt64(1_000)

    @Test func `no maximum, week or category is broken, and what was promised stays`() {
        for seed in Self.seeds {
            let world = World(seed: seed)
            let chosen = world.chosen
            let held = world.kept + chosen

            #expect(Set(chosen).isDisjoint(with: world.kept), "\(seed)")
            if let most = world.rules.perShopperMax { #expect(held.count <= max(Int(most), world.kept.count), "\(seed)") }
            if let most = world.rules.perShopperWeekMax {
                let before = world.funded(world.kept + world.seen)
                #expect(world.funded(held + world.seen) <= max(Int(most), before), "\(seed)")
            }
            for place in chosen { #expect(!held.contains { world.areRivals($0, place) }, "\(seed)") }
        }
    }

    @Test func `the same bids in another order are decided alike`() {
        for seed in Self.seeds {
            let world = World(seed: seed)
            var random = SeededGenerator(seed: seed &+ 1)
            let others = world.bids.shuffled(using: &random)
            let verdicts = { (bids: [Bid]) in
                Dictionary(
                    zip(bids.map(\.place), world.choice.choose(bids, holding: world.kept, shownThisWeek: world.seen))
                ) { first, _ in first }
            }

            #expect(verdicts(world.bids) == verdicts(others), "\(seed)")
        }
    }

    @Test func `no slot stays free that somebody could have`() {
        for seed in Self.seeds {
            let world = World(seed: seed)
            let chosen = world.chosen
            for bid in world.bids where !chosen.contains(bid.place) {
                #expect(!world.choice.admitsAll([bid.place], holding: world.kept + chosen, shownThisWeek: world.seen), "\(seed)")
            }
        }
    }

    @Test func `the best come first: whoever is passed over could not be had beside those that are better`() {
        for seed in Self.seeds {
            let world = World(seed: seed)
            guard world.rules.slots == .best else { continue }
            let chosen = world.chosen
            for bid in world.bids where !chosen.contains(bid.place) {
                let better = world.bids.filter { chosen.contains($0.place) && Bid.precedes($0, bid) }.map(\.place)
                #expect(!world.choice.admitsAll([bid.place], holding: world.kept + better, shownThisWeek: world.seen), "\(seed)")
            }
        }
    }

    @Test func `fair is fair: nobody has a second slot while another could have its first`() {
        for seed in Self.seeds {
            let world = World(seed: seed)
            guard world.rules.slots == .fair else { continue }
            let chosen = world.bids.filter { world.chosen.contains($0.place) }.sorted(by: Bid.precedes).map(\.place)
            var parties = Set(world.kept.map { world.contenders[$0].supplier })
            let firsts = chosen.filter { parties.insert(world.contenders[$0].supplier).inserted }
            for bid in world.bids where !parties.contains(world.contenders[bid.place].supplier) {
                #expect(!world.choice.admitsAll([bid.place], holding: world.kept + firsts, shownThisWeek: world.seen), "\(seed)")
            }
        }
    }

    @Test func `each verdict has its reason`() {
        for seed in Self.seeds {
            let world = World(seed: seed)
            let verdicts = world.choice.choose(world.bids, holding: world.kept, shownThisWeek: world.seen)
            let held = world.kept + world.chosen
            for (bid, verdict) in zip(world.bids, verdicts) {
                switch verdict {
                case .chosen: break
                case .competitor: #expect(held.contains { world.areRivals($0, bid.place) }, "\(seed)")
                case .frequency: #expect(world.contenders[bid.place].isSupplierFunded, "\(seed)")
                case .noSlot: #expect(held.count >= Int(world.rules.perShopperMax ?? .max), "\(seed)")
                default: Issue.record("\(verdict) in world \(seed)")
                }
            }
        }
    }

    @Test(arguments: [(0, Int64(0), Int32(0)), (5, 0, 500), (5, 250, 250), (5, 900, 0), (10, 0, 1_000), (99, 0, 1_000)])
    func `who is behind the plan gets more, who is ahead loses nothing`(daysOver: Int, spent: Int64, points: Int32) {
        #expect(PacingPoints.points(spentMinor: spent, budgetMinor: 1_000, daysOver: Int32(daysOver), days: 10) == points)
    }
}

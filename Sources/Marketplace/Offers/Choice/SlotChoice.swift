import Kernel
package import Parties

/// A campaign that wants to be shown to one shopper. `place`: among the contenders, who stand in the order of their launch.
package struct Bid: Sendable, Hashable {
    package let place: Int
    /// The score of the offer for this shopper with the pacing of its campaign: millilogits.
    package let points: Int32

    package init(place: Int, points: Int32) {
        self.place = place
        self.points = points
    }

    /// More points, then earlier launch, then id.
    package static func precedes(_ left: Bid, _ right: Bid) -> Bool {
        left.points != right.points ? left.points > right.points : left.place < right.place
    }
}

/// Which offers one shopper is promised for a period, by the retailer's policy. Pure: the same bids give the same outcome,
/// in whatever order they come. What was promised before keeps its slot, whatever comes.
package struct SlotChoice: Sendable {
    private let rules: OfferChoice
    private let contenders: [Contender]
    private let rivals: RivalTable
    /// Who shares slots: suppliers, and the retailer as one of them.
    private let parties: [Int]

    /// `contenders`: by launch, then id.
    package init(_ contenders: [Contender], by rules: OfferChoice) {
        self.rules = rules
        self.contenders = contenders
        rivals = RivalTable(rules.separation == .category ? contenders : [])
        var numbers: [SupplierID?: Int] = [:]
        for contender in contenders where numbers[contender.supplier] == nil { numbers[contender.supplier] = numbers.count }
        parties = contenders.map { numbers[$0.supplier] ?? 0 }
    }

    /// Nothing bounds the choice: all are promised whom their audience holds.
    package var isOpen: Bool { rules.perShopperMax == nil && rules.perShopperWeekMax == nil && rivals.isEmpty }

    /// One verdict for each bid: chosen, competitor, frequency or no slot. `kept`: those who were promised for this period
    /// before; `seen`: those who were promised in this week. None of `kept` bids.
    package func choose(_ bids: [Bid], holding kept: [Int], shownThisWeek seen: [Int] = []) -> [OfferVerdict] {
        let order = bids.indices.sorted { Bid.precedes(bids[$0], bids[$1]) }
        var table = Table(self, holding: kept, seen)
        var verdicts = [OfferVerdict](repeating: .noSlot, count: bids.count)
        if rules.slots == .fair {
            for index in order where table.isFirst(of: parties[bids[index].place]) {
                verdicts[index] = table.seat(bids[index].place)
            }
        }
        for index in order where verdicts[index] != .chosen { verdicts[index] = table.seat(bids[index].place) }
        return verdicts
    }

    /// Whether all of these can be promised, so that it does not matter which is better.
    package func admitsAll(_ places: [Int], holding kept: [Int], shownThisWeek seen: [Int] = []) -> Bool {
        var table = Table(self, holding: kept, seen)
        return places.allSatisfy { table.seat($0) == .chosen }
    }

    /// The slots of one shopper while they are given away.
    private struct Table {
        private let choice: SlotChoice
        private var seated: [Int]
        private var slotsLeft: Int
        private var weekLeft: Int
        private let seen: [Int]

        init(_ choice: SlotChoice, holding kept: [Int], _ seen: [Int]) {
            self.choice = choice
            self.seen = seen
            seated = kept
            slotsLeft = choice.rules.perShopperMax.map { max(0, Int($0) - kept.count) } ?? .max
            weekLeft =
                choice.rules.perShopperWeekMax.map { bound in
                    let counted = seen.count { choice.contenders[$0].isSupplierFunded }
                    let added = kept.count { choice.contenders[$0].isSupplierFunded && !seen.contains($0) }
                    return max(0, Int(bound) - counted - added)
                } ?? .max
        }

        /// Whether a party has no slot yet.
        func isFirst(of party: Int) -> Bool { !seated.contains { choice.parties[$0] == party } }

        mutating func seat(_ place: Int) -> OfferVerdict {
            if !choice.rivals.isEmpty, seated.contains(where: { choice.rivals.areRivals($0, place) }) { return .competitor }
            let countsForWeek =
                weekLeft != .max && choice.contenders[place].isSupplierFunded && !seen.contains(place)
            if countsForWeek, weekLeft == 0 { return .frequency }
            guard slotsLeft > 0 else { return .noSlot }
            if slotsLeft != .max { slotsLeft -= 1 }
            if countsForWeek { weekLeft -= 1 }
            seated.append(place)
            return .chosen
        }
    }
}

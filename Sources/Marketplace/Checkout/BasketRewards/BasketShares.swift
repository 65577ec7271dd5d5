package import Campaigns
import Kernel
import Offers

/// What a reward on several lines together takes off each of them (DOMAIN 3): pieces that go together are found dearest first,
/// which is the most for the shopper; what they are discounted by is split over their lines by base amount. A pure function
/// of the lines, whatever their order.
///
/// No line's share is more than `discount_max_per_unit` and the minimum price leave of its units. A set at a price that would
/// need more, and anything that the policy withholds at the minimum price, is not given: those pieces stay as they are.
package struct BasketShares: Sendable {
    /// What keeps everything from the lines; nil where nothing does.
    package enum Nothing: Sendable, Hashable { case incomplete, priceMoved, notAllowedAtThisPrice, noBenefit }

    let reward: BasketReward
    let lines: [SharedLine]
    /// By part: places of its lines, the dearest first.
    let parts: [[Int]]

    /// Lines that are closed, empty or (of pieces that go together) no whole pieces are none of them.
    package init(_ reward: BasketReward, lines: [SharedLine]) {
        self.reward = reward
        self.lines = lines.sorted { $0.line.lineNo < $1.line.lineNo }
        var parts = [[Int]](repeating: [], count: reward.quantities.count)
        for (place, line) in self.lines.enumerated() where line.units > 0 && parts.indices.contains(line.terms.part) {
            parts[line.terms.part].append(place)
        }
        let sorted = self.lines
        self.parts = parts.map { $0.sorted { sorted[$0].isDearer(than: sorted[$1]) } }
    }

    /// The shares of the lines that take part, by line number; `units` of all of them at most.
    package func shares(units: Int64 = .max) -> (shares: [LineShare], nothing: Nothing?) {
        var sums = Sums(lines.count)
        switch reward {
        case .percentOff(let share, let from): percent(share, from: from, units: units, into: &sums)
        case .nForM, .set: together(units / reward.unitsTogether, into: &sums)
        }
        let shares = lines.indices.filter { sums.units[$0] > 0 }.map { place in
            LineShare(
                lineNo: lines[place].line.lineNo, units: sums.units[place], baseMinor: sums.base[place],
                amountMinor: sums.amount[place])
        }
        let isNothing = shares.allSatisfy { $0.amountMinor == 0 }
        return (isNothing ? [] : shares, isNothing ? sums.nothing ?? .noBenefit : nil)
    }

    /// What adds up on each line.
    struct Sums {
        var units: [Int64]
        var base: [Int64]
        var amount: [Int64]
        var nothing: Nothing?

        init(_ count: Int) {
            units = [Int64](repeating: 0, count: count)
            (base, amount) = (units, units)
        }
    }

    /// A line's units that go together with others.
    struct Piece {
        let place: Int
        let offset: Int64
        let count: Int64
        let base: Int64
    }

    /// Adds what is taken off pieces, each line's part within its bounds; nothing, and false, where that is withheld.
    @discardableResult
    func add(_ amount: Int64, off pieces: [Piece], atPrice isPrice: Bool, to sums: inout Sums) -> Bool {
        func withhold(_ why: Nothing) -> Bool {
            sums.nothing = why
            return false
        }
        let pieces = pieces.sorted { $0.place < $1.place }
        var parts = LargestRemainder.split(amount, by: pieces.map(\.base))
        for (index, piece) in pieces.enumerated() {
            let line = lines[piece.place]
            let cap = line.cap(of: piece.count)
            if parts[index] > cap {
                guard !isPrice else { return withhold(.priceMoved) }
                parts[index] = cap
            }
            let most = line.most(of: piece.count, base: piece.base)
            if parts[index] > most {
                guard line.rules.clipsAtMinimum else { return withhold(.notAllowedAtThisPrice) }
                parts[index] = most
            }
        }
        guard parts.contains(where: { $0 > 0 }) else { return withhold(sums.nothing ?? .noBenefit) }
        for (index, piece) in pieces.enumerated() {
            sums.units[piece.place] += piece.count
            sums.base[piece.place] += piece.base
            sums.amount[piece.place] += parts[index]
        }
        return true
    }

    /// A percentage of all lines, rounded once.
    private func percent(_ share: BasisPoints, from: Int64?, units: Int64, into sums: inout Sums) {
        let whole = lines.reduce(Int128(0)) { $0 + Int128($1.line.baseMinor) }
        guard !parts[0].isEmpty, Int128(from ?? 0) <= whole else { return sums.nothing = .incomplete }
        var left = units
        var pieces: [Piece] = []
        for place in parts[0] where left > 0 {
            let count = min(left, lines[place].units)
            pieces.append(Piece(place: place, offset: 0, count: count, base: lines[place].base(of: count)))
            left -= count
        }
        let base = pieces.reduce(0) { $0 + $1.base }
        add(Self.percent(share, of: base, step: step), off: pieces, atPrice: false, to: &sums)
    }

    /// In the shopper's favour, as on a unit.
    static func percent(_ share: BasisPoints, of base: Int64, step: Int64) -> Int64 {
        base - (base - share.halfUp(of: base)) / step * step
    }

    var step: Int64 { lines.first?.rules.priceStepMinor ?? 1 }
}

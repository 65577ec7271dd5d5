import Campaigns
import Kernel

/// Pieces that go together: of N for the price of M the next N, of a set the next of each part. Each time the dearest that are
/// left, so that a shopper gets the most; as many equal ones at once as two lines have.
extension BasketShares {
    /// How far a part's lines are used up.
    private struct Cursor {
        var place = 0
        var offset: Int64 = 0
    }

    func together(_ most: Int64, into sums: inout Sums) {
        let quantities = reward.quantities
        var cursors = [Cursor](repeating: Cursor(), count: parts.count)
        var left = most
        var found = false
        while left > 0, let (pieces, repeats) = next(&cursors, quantities, upTo: left) {
            found = true
            guard let amount = gain(of: pieces, repeats) else { break }
            // What is withheld uses nothing up: those that come after may have it.
            if add(amount, off: pieces, atPrice: isPrice, to: &sums) { left -= repeats }
        }
        if !found, most > 0 { sums.nothing = .incomplete }
    }

    private var isPrice: Bool {
        if case .set(let set) = reward, case .price = set.gain { true } else { false }
    }

    /// The next pieces, in the order of parts, each part's the dearest first; nil where they are not complete.
    private func next(_ cursors: inout [Cursor], _ quantities: [Int64], upTo most: Int64) -> ([Piece], Int64)? {
        var taken: [(place: Int, offset: Int64, count: Int64)] = []
        var moved = cursors
        var repeats = most
        for part in parts.indices {
            var needed = quantities[part]
            while needed > 0 {
                guard moved[part].place < parts[part].count else { return nil }
                let place = parts[part][moved[part].place]
                let rest = lines[place].units - moved[part].offset
                let count = min(rest, needed)
                taken.append((place, moved[part].offset, count))
                repeats = count == quantities[part] ? min(repeats, rest / count) : 1
                needed -= count
                advance(&moved[part], in: part, by: count)
            }
        }
        if taken.count != parts.count { repeats = 1 }
        if repeats > 1 {
            for part in parts.indices { advance(&moved[part], in: part, by: taken[part].count * (repeats - 1)) }
        }
        cursors = moved
        let pieces = taken.map { place, offset, count in
            Piece(
                place: place, offset: offset, count: count * repeats,
                base: lines[place].base(of: count * repeats, after: offset))
        }
        return (pieces, repeats)
    }

    private func advance(_ cursor: inout Cursor, in part: Int, by count: Int64) {
        cursor.offset += count
        guard cursor.offset >= lines[parts[part][cursor.place]].units else { return }
        cursor = Cursor(place: cursor.place + 1, offset: 0)
    }

    /// What is taken off pieces that are `repeats` times what goes together; nil where they and all that come after, which cost
    /// no more, gain nothing.
    private func gain(of pieces: [Piece], _ repeats: Int64) -> Int64? {
        switch reward {
        case .nForM(let take, let payFor): return cheapest((take - payFor) * repeats, of: pieces)
        case .percentOff: return nil
        case .set(let set):
            let base = pieces.reduce(0) { $0 + $1.base }
            switch set.gain {
            case .price(let minor):
                let gain = Int128(base) - Int128(minor) * Int128(repeats)
                return gain > 0 ? Int64(gain) : nil
            case .amountOff(let minor): return Int64(min(Int128(base), Int128(minor) * Int128(repeats)))
            case .percentOff(let share):
                guard base % repeats == 0 else { return Self.percent(share, of: base, step: step) }
                return Self.percent(share, of: base / repeats, step: step) * repeats
            }
        }
    }

    /// What the last units cost; the dearest come first.
    private func cheapest(_ count: Int64, of pieces: [Piece]) -> Int64 {
        var (left, sum) = (count, Int64(0))
        for piece in pieces.reversed() where left > 0 {
            let free = min(left, piece.count)
            sum += lines[piece.place].base(of: free, after: piece.offset + piece.count - free)
            left -= free
        }
        return sum
    }
}

/// Branch and bound over the lines of one conflict: each goes to one of the contenders that want it, or is left to what it
/// gets by itself.
struct ConflictSearch {
    private let conflict: Conflict
    private let contenders: [BestTotal.Contender]
    private let gain: (Int, [Int]) -> Int64
    /// Of each contender of the conflict: by line of the conflict, what it can give at most; -1 where it wants it not.
    private let most: [[Int64]]
    /// Lines of the conflict in the order in which they are decided, most at stake first; those that have no choice go first.
    private let order: [Int]
    /// For each line of the conflict: contenders of the conflict, the one that may give the most first; -1: by itself.
    private let options: [[Int]]

    /// By line of the conflict: a contender of the conflict, or -1.
    private var current: [Int]
    private var best: (choice: [Int], total: Int64)
    private var nodes = 0
    private var known: [Asked: Int64] = [:]
    private(set) var isExact = true
    /// A partial choice looks at every line of every contender.
    private let nodesMax: Int

    private struct Asked: Hashable {
        let contender: Int
        let lines: [Int]
    }

    init(_ conflict: Conflict, _ contenders: [BestTotal.Contender], _ gain: @escaping (Int, [Int]) -> Int64) {
        self.conflict = conflict
        nodesMax = min(BestTotal.nodesMax, BestTotal.looksMax / max(1, conflict.lines.count * conflict.contenders.count))
        self.contenders = contenders
        self.gain = gain
        let places = Dictionary(conflict.lines.enumerated().map { ($1, $0) }) { first, _ in first }
        let alone = conflict.alone
        let most = conflict.contenders.map { index -> [Int64] in
            var most = [Int64](repeating: -1, count: conflict.lines.count)
            for (line, amount) in zip(contenders[index].lines, contenders[index].most) { most[places[line] ?? 0] = amount }
            return most
        }
        let options = conflict.lines.indices.map { line -> [Int] in
            let wanted = most.indices.filter { most[$0][line] >= 0 }
            let all = alone[line] > 0 || wanted.isEmpty ? wanted + [-1] : wanted
            return all.sorted { one, other in
                let (left, right) = (one < 0 ? alone[line] : most[one][line], other < 0 ? alone[line] : most[other][line])
                return left != right ? left > right : one < other
            }
        }
        let stakes = conflict.lines.indices.map { line -> Int64 in
            options[line].count == 1 ? .max : options[line].map { $0 < 0 ? alone[line] : most[$0][line] }.max() ?? 0
        }
        order = conflict.lines.indices.sorted { stakes[$0] != stakes[$1] ? stakes[$0] > stakes[$1] : $0 < $1 }
        (self.most, self.options) = (most, options)
        current = options.map { $0[0] }
        best = (options.map { $0[0] }, -1)
    }

    /// Where each line goes; those that are left to what they get by themselves are not in it.
    var choice: [(line: Int, contender: Int)] {
        best.choice.enumerated().compactMap { line, option in
            option < 0 ? nil : (conflict.lines[line], conflict.contenders[option])
        }
    }

    mutating func run() {
        for start in starts { consider(start) }
        guard options.contains(where: { $0.count > 1 }) else { return }
        improve()
        decide(at: 0)
    }

    /// All by themselves, and for each contender all of its lines to it.
    private var starts: [[Int]] {
        let none = options.map { $0.contains(-1) ? -1 : $0[0] }
        return [none]
            + most.indices.map { contender in
                options.indices.map { line in options[line].contains(contender) ? contender : none[line] }
            }
    }

    private mutating func consider(_ choice: [Int]) {
        let total = total(of: choice)
        if total > best.total || total == best.total && isBefore(choice, best.choice) { best = (choice, total) }
    }

    private mutating func total(of choice: [Int]) -> Int64 {
        var total: Int64 = 0
        for contender in most.indices { total += gained(contender, choice.indices.filter { choice[$0] == contender }) }
        for line in choice.indices where choice[line] < 0 { total += conflict.alone[line] }
        return total
    }

    /// `lines` are of the conflict.
    private mutating func gained(_ contender: Int, _ lines: [Int]) -> Int64 {
        guard !lines.isEmpty else { return 0 }
        let asked = Asked(contender: contender, lines: lines)
        if let amount = known[asked] { return amount }
        let amount = gain(conflict.contenders[contender], lines.map { conflict.lines[$0] })
        known[asked] = amount
        return amount
    }

    /// Of equal totals: fewer campaigns, then the earlier, then the one whose first lines go to the earlier.
    private func isBefore(_ left: [Int], _ right: [Int]) -> Bool {
        let (ours, theirs) = (used(in: left), used(in: right))
        if ours.count != theirs.count { return ours.count < theirs.count }
        if ours != theirs { return ours.lexicographicallyPrecedes(theirs) }
        return left.lexicographicallyPrecedes(right)
    }

    private func used(in choice: [Int]) -> [Int] {
        let used = choice.indices.compactMap { line in
            choice[line] < 0 ? conflict.aloneBy[line] : conflict.contenders[choice[line]]
        }
        return Set(used).sorted()
    }

    /// Moves one line at a time as long as that gives more: a good choice to begin with keeps the search short.
    private mutating func improve() {
        var steps = 0
        var isBetter = true
        while isBetter {
            isBetter = false
            for line in order where options[line].count > 1 {
                for option in options[line] where option != best.choice[line] {
                    steps += 1
                    guard steps <= min(nodesMax, BestTotal.improvementsMax) else { return }
                    var choice = best.choice
                    choice[line] = option
                    let before = best.total
                    consider(choice)
                    isBetter = isBetter || best.total > before
                }
            }
        }
    }

    private mutating func decide(at depth: Int) {
        guard depth < order.count else { return consider(current) }
        nodes += 1
        guard nodes <= nodesMax else {
            isExact = false
            return
        }
        guard atMost(from: depth) >= Int128(best.total) else { return }
        for option in options[order[depth]] {
            current[order[depth]] = option
            decide(at: depth + 1)
        }
    }

    /// What a choice can come to whose first lines are decided: what the others get by themselves, and of each contender what
    /// it may give beyond that.
    private mutating func atMost(from depth: Int) -> Int128 {
        let (decided, open) = (order[..<depth], order[depth...])
        var total: Int128 = 0
        for line in decided where current[line] < 0 { total += Int128(conflict.alone[line]) }
        for line in open { total += Int128(conflict.alone[line]) }
        for contender in most.indices {
            let taken = decided.filter { current[$0] == contender }
            let wanted = open.filter { most[contender][$0] >= 0 }
            total += atMost(contender, taken, wanted)
        }
        return total
    }

    private mutating func atMost(_ contender: Int, _ taken: [Int], _ wanted: [Int]) -> Int128 {
        let kind = contenders[conflict.contenders[contender]].kind
        if case .limited(let limit, let units, let slack) = kind {
            return atMost(contender, taken, wanted, limit: limit, units: units, slack: slack)
        }
        var beyond: Int128 = 0
        for line in taken { beyond += Int128(most[contender][line]) }
        for line in wanted { beyond += Int128(max(0, most[contender][line] - conflict.alone[line])) }
        guard kind == .together(isRising: true) else { return beyond }
        return min(beyond, Int128(gained(contender, (taken + wanted).sorted())))
    }

    /// As if a line could be shared: the best units first, of lines that are open what they give beyond the line itself.
    private func atMost(
        _ contender: Int, _ taken: [Int], _ wanted: [Int], limit: Int64, units: [Int64], slack: Int64
    ) -> Int128 {
        let lines = contenders[conflict.contenders[contender]].lines
        func unitsOf(_ line: Int) -> Int64 { lines.firstIndex(of: conflict.lines[line]).map { units[$0] } ?? 1 }
        var offers = taken.map { (gain: most[contender][$0], units: unitsOf($0)) }
        offers += wanted.map { (gain: most[contender][$0] - conflict.alone[$0], units: unitsOf($0)) }
        offers.sort { Int128($0.gain) * Int128($1.units) > Int128($1.gain) * Int128($0.units) }
        var (left, total) = (limit, Int128(slack))
        for offer in offers where offer.gain > 0 && left > 0 {
            let some = min(left, offer.units)
            total += (Int128(offer.gain) * Int128(some) + Int128(offer.units) - 1) / Int128(offer.units)
            left -= some
        }
        return total
    }
}

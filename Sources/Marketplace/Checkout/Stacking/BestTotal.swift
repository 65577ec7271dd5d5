/// Which contender each line of a basket goes to, so that all that is taken off is the most; a line goes to one of them.
/// Pure, and the same whatever the order of lines, as long as the contenders stand in theirs (earlier launch, then id).
///
/// Most lines do not depend on each other: each takes the most that one contender gives it, and that is all. Lines do where a
/// contender is limited or takes off several together. Such lines are searched, conflict by conflict, branch and bound:
/// exactly as long as `nodesMax` partial choices and `looksMax` looks at a line are enough. Beyond, the best choice found stands; it is never
/// less than what each line gets by itself, nor than what any one contender gives when all of its lines go to it.
///
/// Equal totals: fewer contenders, then the earlier ones.
package struct BestTotal: Sendable {
    /// Partial choices that are looked at for one conflict.
    package static let nodesMax = 2_000
    /// Looks at a line for a contender, over all partial choices of one conflict: fewer choices where it has many lines.
    package static let looksMax = 100_000
    /// Steps of improvement of a choice that is not searched to its end.
    static let improvementsMax = 400

    /// What wants lines.
    package struct Contender: Sendable {
        package enum Kind: Sendable, Hashable {
            /// What it gives a line does not depend on the others: `most` is what it gives.
            case free
            /// So many units of all of its lines, the best ones first; `units` of each line. `slack`: by how much a part of a
            /// line may be discounted more than in proportion.
            case limited(to: Int64, units: [Int64], slack: Int64)
            /// What it gives depends on the lines together; `isRising`: never less for more lines.
            case together(isRising: Bool)
        }

        /// Places of lines, rising.
        package let lines: [Int]
        /// What it can give each of them at most, in their order.
        package let most: [Int64]
        package let kind: Kind

        package init(lines: [Int], most: [Int64], kind: Kind) {
            self.lines = lines
            self.most = most
            self.kind = kind
        }
    }

    /// By line: the contender that it goes to.
    package private(set) var choices: [Int?]
    /// Whether every conflict was searched to its end.
    package private(set) var isExact = true

    /// `gain` is what a contender takes off lines that all go to it; it is asked of those that are not free.
    package init(lines: Int, contenders: [Contender], gain: @escaping (_ contender: Int, _ lines: [Int]) -> Int64) {
        choices = [Int?](repeating: nil, count: lines)
        var alone = [Alone](repeating: Alone(), count: lines)
        for (index, contender) in contenders.enumerated() where contender.kind == .free {
            for (line, most) in zip(contender.lines, contender.most) where most > 0 { alone[line].offer(most, by: index) }
        }
        for conflict in Conflict.all(among: contenders, alone, lines: lines) {
            var search = ConflictSearch(conflict, contenders, gain)
            search.run()
            isExact = isExact && search.isExact
            for (line, contender) in search.choice { choices[line] = contender }
        }
        chooseAlone(alone)
    }

    /// Lines that depend on no other: where several give the same, one that is chosen anyway, else the one that most of such
    /// lines share, else the earliest.
    private mutating func chooseAlone(_ alone: [Alone]) {
        var used = Set(choices.compactMap(\.self))
        var open: [Int] = []
        for line in alone.indices where choices[line] == nil {
            guard let first = alone[line].contenders.first else { continue }
            if alone[line].contenders.count == 1 {
                choices[line] = first
                used.insert(first)
            } else {
                open.append(line)
            }
        }
        while !open.isEmpty {
            open.removeAll { line in
                choices[line] = alone[line].contenders.first(where: used.contains)
                return choices[line] != nil
            }
            var shared: [Int: Int] = [:]
            for contender in open.flatMap({ alone[$0].contenders }) { shared[contender, default: 0] += 1 }
            guard let next = shared.min(by: { ($1.value, $0.key) < ($0.value, $1.key) }) else { return }
            used.insert(next.key)
        }
    }
}

/// What a line gets where it depends on no other: the most, and who gives it, the earliest first.
struct Alone: Sendable {
    private(set) var most: Int64 = 0
    private(set) var contenders: [Int] = []

    mutating func offer(_ amount: Int64, by contender: Int) {
        if amount > most { (most, contenders) = (amount, []) }
        if amount == most { contenders.append(contender) }
    }
}

/// Lines that depend on each other through contenders that are limited or take off several together.
struct Conflict: Sendable {
    /// Contenders through which they depend, in their order.
    let contenders: [Int]
    /// Rising.
    let lines: [Int]
    /// What each line gets by itself, in the order of `lines`.
    let alone: [Int64]
    /// Who would give it; nil where nobody.
    let aloneBy: [Int?]

    static func all(among contenders: [BestTotal.Contender], _ alone: [Alone], lines: Int) -> [Conflict] {
        let bound = contenders.indices.filter { contenders[$0].kind != .free }
        guard !bound.isEmpty else { return [] }
        var parent = Array(0..<lines)
        func root(_ line: Int) -> Int {
            var line = line
            while parent[line] != line {
                parent[line] = parent[parent[line]]
                line = parent[line]
            }
            return line
        }
        for index in bound {
            let lines = contenders[index].lines
            for line in lines.dropFirst() {
                let (one, other) = (root(line), root(lines[0]))
                parent[max(one, other)] = min(one, other)
            }
        }
        let byRoot = Dictionary(grouping: bound.filter { !contenders[$0].lines.isEmpty }) { root(contenders[$0].lines[0]) }
        return byRoot.sorted { $0.key < $1.key }.map { _, members in
            let lines = Set(members.flatMap { contenders[$0].lines }).sorted()
            return Conflict(
                contenders: members, lines: lines, alone: lines.map { alone[$0].most },
                aloneBy: lines.map { alone[$0].contenders.first })
        }
    }
}

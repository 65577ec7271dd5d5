import Checkout
import TestSupport
import Testing

/// The best total against looking at everything.
@Suite(.computing) struct BestTotalTests {
    @Test func `a small conflict is decided as by looking at every choice`() {
        for seed in 1...2_000 as ClosedRange<UInt64> {
            let small = Conflicting(seed: seed)
            let best = BestTotal(lines: small.lines, contenders: small.contenders, gain: small.gain)

            #expect(best.isExact, "seed \(seed)")
            #expect(small.total(of: best.choices) == small.mostByLookingAtAll, "seed \(seed)")
        }
    }

    @Test func `one more contender never makes the total less`() {
        for seed in 1...2_000 as ClosedRange<UInt64> {
            let all = Conflicting(seed: seed)
            let fewer = all.withoutLast
            let (before, after) = (
                BestTotal(lines: fewer.lines, contenders: fewer.contenders, gain: fewer.gain),
                BestTotal(lines: all.lines, contenders: all.contenders, gain: all.gain)
            )

            #expect(all.total(of: after.choices) >= fewer.total(of: before.choices), "seed \(seed)")
        }
    }

    @Test func `beyond what is searched it is no less than by lines alone, nor than any one contender with all its lines`() {
        for seed in 1...3 as ClosedRange<UInt64> {
            let large = Conflicting(seed: seed, lines: 60, contenders: 12)
            let best = BestTotal(lines: large.lines, contenders: large.contenders, gain: large.gain)
            let total = large.total(of: best.choices)

            #expect(total >= large.total(of: large.alone), "seed \(seed)")
            for index in large.contenders.indices {
                #expect(total >= large.total(of: large.all(to: index)), "seed \(seed), contender \(index)")
            }
        }
    }

    @Test func `of equal totals fewer contenders win, then the earlier`() {
        // Line 0 is worth the same to both, line 1 only the second wants.
        let both = [
            BestTotal.Contender(lines: [0], most: [10], kind: .free),
            BestTotal.Contender(lines: [0, 1], most: [10, 5], kind: .free),
        ]
        let same = [
            BestTotal.Contender(lines: [0], most: [10], kind: .free),
            BestTotal.Contender(lines: [0], most: [10], kind: .free),
        ]

        #expect(BestTotal(lines: 2, contenders: both) { _, _ in 0 }.choices == [1, 1])
        #expect(BestTotal(lines: 1, contenders: same) { _, _ in 0 }.choices == [0])
    }

    @Test func `in a conflict too, fewer contenders win among equal totals`() {
        // A pair that is worth 20 together, and what gives 10 for each of its lines.
        let contenders = [
            BestTotal.Contender(lines: [0, 1], most: [10, 10], kind: .together(isRising: true)),
            BestTotal.Contender(lines: [0], most: [10], kind: .free),
            BestTotal.Contender(lines: [1], most: [10], kind: .free),
        ]
        let best = BestTotal(lines: 2, contenders: contenders) { _, lines in lines.count == 2 ? 20 : 0 }

        #expect(best.choices == [0, 0])
        #expect(best.isExact)
    }
}

/// Random contenders for random lines: free ones, limited ones, and ones that want lines together.
private struct Conflicting {
    let lines: Int
    let contenders: [BestTotal.Contender]

    init(seed: UInt64, lines: Int? = nil, contenders count: Int? = nil) {
        var generator = SeededGenerator(seed: seed)
        let lines = lines ?? Int.random(in: 1...6, using: &generator)
        self.lines = lines
        contenders = (0..<(count ?? Int.random(in: 1...4, using: &generator))).map { _ in
            let wanted = (0..<lines).filter { _ in Bool.random(using: &generator) }
            let most = wanted.map { _ in Int64.random(in: 1...40, using: &generator) }
            switch Int.random(in: 0...2, using: &generator) {
            case 0: return .init(lines: wanted, most: most, kind: .free)
            case 1:
                let units = wanted.map { _ in Int64.random(in: 1...3, using: &generator) }
                // Each unit of a line is worth the same.
                let whole = zip(most, units).map { $0 * $1 }
                return .init(
                    lines: wanted, most: whole,
                    kind: .limited(to: Int64.random(in: 0...4, using: &generator), units: units, slack: 0))
            default: return .init(lines: wanted, most: most, kind: .together(isRising: Bool.random(using: &generator)))
            }
        }
    }

    private init(lines: Int, contenders: [BestTotal.Contender]) { (self.lines, self.contenders) = (lines, contenders) }

    var withoutLast: Conflicting { Conflicting(lines: lines, contenders: Array(contenders.dropLast())) }

    /// Together: only pairs of lines are worth something. Limited: the best units first.
    func gain(_ index: Int, _ lines: [Int]) -> Int64 {
        let contender = contenders[index]
        let places = lines.compactMap { contender.lines.firstIndex(of: $0) }
        switch contender.kind {
        case .free: return places.reduce(0) { $0 + contender.most[$1] }
        case .together: return places.map { contender.most[$0] }.sorted(by: >).prefix(places.count / 2 * 2).reduce(0, +)
        case .limited(let limit, let units, _):
            var (left, total) = (limit, Int64(0))
            for place in places.sorted(by: { contender.most[$0] * units[$1] > contender.most[$1] * units[$0] }) {
                let some = min(left, units[place])
                total += contender.most[place] / units[place] * some
                left -= some
            }
            return total
        }
    }

    func total(of choices: [Int?]) -> Int64 {
        contenders.indices.reduce(0) { sum, index in
            sum + gain(index, choices.indices.filter { choices[$0] == index })
        }
    }

    var mostByLookingAtAll: Int64 {
        func most(_ choices: [Int?]) -> Int64 {
            guard choices.count < lines else { return total(of: choices) }
            let options = contenders.indices.filter { contenders[$0].lines.contains(choices.count) }.map { Int?.some($0) } + [nil]
            return options.map { most(choices + [$0]) }.max() ?? 0
        }
        return most([])
    }

    /// Each line to the free contender that gives it the most.
    var alone: [Int?] {
        (0..<lines).map { line in
            contenders.indices.filter { contenders[$0].kind == .free && contenders[$0].lines.contains(line) }.max {
                gain($0, [line]) < gain($1, [line])
            }
        }
    }

    func all(to index: Int) -> [Int?] {
        alone.enumerated().map { contenders[index].lines.contains($0) ? index : $1 }
    }
}

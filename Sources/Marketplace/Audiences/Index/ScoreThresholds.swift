import AudienceIndex
import Kernel
import Profiles

/// From which value on a score is 2, 3, 4 and 5, for recency, frequency and money. A score is 1 + floor(5 x share of
/// shoppers strictly worse) (DOMAIN 12), so it never falls as the value rises, and four bounds say all of it.
struct ScoreThresholds: Sendable, Equatable {
    let lastDay: [Int64]
    let receipts: [Int64]
    let spend: [Int64]

    /// Over everybody with a receipt in the year.
    init(_ layers: [IndexLayer]) {
        var (lastDays, receipts, spends) = (Self.noCounts, Self.noCounts, [Int64]())
        for layer in layers {
            let year = layer.facts.year
            for ordinal in layer.live.ordinals.lazy.map(Int.init) where year.receipts[ordinal] > 0 {
                lastDays[Int(year.lastDay[ordinal])] += 1
                receipts[Int(year.receipts[ordinal])] += 1
                spends.append(year.spend[ordinal] ?? 0)
            }
        }
        lastDay = Self.bounds(Self.runs(of: lastDays), of: spends.count)
        self.receipts = Self.bounds(Self.runs(of: receipts), of: spends.count)
        spend = Self.bounds(Self.runs(ofSorted: spends.sorted()), of: spends.count)
    }

    func score(_ value: Int64, _ bounds: [Int64]) -> Int { 1 + bounds.count { value >= $0 } }

    /// For each score the least value of which at least (score - 1) fifths of all are below; beyond every value where there
    /// is none.
    static func bounds(_ runs: [(value: Int64, count: Int)], of all: Int) -> [Int64] {
        var (bounds, below) = ([Int64](), 0)
        for run in runs {
            while bounds.count < 4, below * 5 >= (bounds.count + 1) * all { bounds.append(run.value) }
            below += run.count
        }
        return bounds + Array(repeating: .max, count: 4 - bounds.count)
    }

    private static let noCounts = [Int](repeating: 0, count: 1 << 16)

    private static func runs(of counts: [Int]) -> [(value: Int64, count: Int)] {
        counts.indices.filter { counts[$0] > 0 }.map { (Int64($0), counts[$0]) }
    }

    private static func runs(ofSorted sorted: [Int64]) -> [(value: Int64, count: Int)] {
        var runs: [(value: Int64, count: Int)] = []
        for value in sorted {
            if runs.last?.value == value { runs[runs.count - 1].count += 1 } else { runs.append((value, 1)) }
        }
        return runs
    }
}

/// Recency, frequency and money as sets: for each score who has at least 1 to 5, and each segment.
struct ScoreSets: Sendable {
    let atLeastR: [OrdinalSet]
    let atLeastF: [OrdinalSet]
    let atLeastM: [OrdinalSet]
    let segments: [Segment: OrdinalSet]

    init(_ year: YearNumbers, _ bounds: ScoreThresholds) {
        var atLeast = [[[UInt32]]](repeating: [[UInt32]](repeating: [], count: 5), count: 3)
        var segments: [Segment: [UInt32]] = [:]
        for ordinal in 0..<year.receipts.count where year.receipts[ordinal] > 0 {
            let scores = [
                bounds.score(Int64(year.lastDay[ordinal]), bounds.lastDay),
                bounds.score(Int64(year.receipts[ordinal]), bounds.receipts),
                bounds.score(year.spend[ordinal] ?? 0, bounds.spend),
            ]
            for (kind, score) in scores.enumerated() {
                for least in 1...score { atLeast[kind][least - 1].append(UInt32(ordinal)) }
            }
            segments[.of(r: scores[0], f: scores[1], m: scores[2]), default: []].append(UInt32(ordinal))
        }
        atLeastR = atLeast[0].map { OrdinalSet($0) }
        atLeastF = atLeast[1].map { OrdinalSet($0) }
        atLeastM = atLeast[2].map { OrdinalSet($0) }
        self.segments = segments.mapValues { OrdinalSet($0) }
    }

    var byteCount: Int { (atLeastR + atLeastF + atLeastM + Array(segments.values)).reduce(0) { $0 + $1.byteCount } }
}

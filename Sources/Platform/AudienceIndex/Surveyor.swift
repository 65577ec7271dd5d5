import Synchronization

extension Population {
    package func survey(_ survey: Survey) -> SurveyResult {
        let results = Results(SurveyResult(for: survey))
        forEachChunk { evaluator, chunk in
            var result = SurveyResult(for: survey)
            Surveyor(survey, evaluator, chunk).run(into: &result)
            let answer = result
            results.sum.withLock { $0.add(answer) }
        }
        return results.sum.withLock { $0 }
    }
}

private final class Results: Sendable {
    let sum: Mutex<SurveyResult>

    init(_ empty: SurveyResult) { sum = Mutex(empty) }
}

/// Answers a survey for one chunk.
///
/// To drop a part is to ask who fails that part alone. So of everyone are kept those who hold all parts so far, and those
/// who fail exactly one, for each part by itself; whoever fails a second is in question no more, and later parts are asked
/// only about who is left.
private struct Surveyor {
    let survey: Survey
    let evaluator: Evaluator
    let chunk: Int
    /// Levels of frames: who holds all, who fails one, who is in question, and what a part says of them; then one for each
    /// part's failures; beyond, free.
    private let holding = 0
    private let failing = 1
    private let asking = 2
    private let answer = 3
    private let failures = 4
    private static let searchedMax = 16
    private var free: Int { failures + survey.parts.count }

    init(_ survey: Survey, _ evaluator: Evaluator, _ chunk: Int) {
        self.survey = survey
        self.evaluator = evaluator
        self.chunk = chunk
    }

    func run(into result: inout SurveyResult) {
        let all = evaluator.everyone(ofChunk: chunk, level: holding)
        if survey.drops.isEmpty {
            for part in survey.parts { evaluator.narrow(all, part, chunk: chunk, level: free) }
        } else {
            guard splitByParts() else { return }
            countDrops(into: &result)
        }
        result.count = all.count
        guard all.count > 0 else { return }
        for (index, node) in survey.insides.enumerated() {
            let inside = evaluator.frame(answer)
            inside.copy(all)
            evaluator.narrow(inside, node, chunk: chunk, level: free)
            result.insides[index] = inside.count
        }
        share(all, into: &result)
        spread(over: all, into: &result)
    }

    /// To look a list up in each set's list costs a search for each of it: where it is longer than a few, all sets' lists are
    /// read through a mask instead.
    private func share(_ all: Frame, into result: inout SurveyResult) {
        guard !survey.shares.isEmpty else { return }
        let shared = evaluator.frame(answer)
        shared.copy(all)
        if shared.count > Self.searchedMax { shared.toMask() }
        for (index, set) in survey.shares.enumerated() { result.shares[index] = shared.countShared(with: set, chunk: chunk) }
    }

    /// False where nobody is left who fails at most one part.
    private func splitByParts() -> Bool {
        let (all, one) = (evaluator.frame(holding), evaluator.frame(failing))
        let (asked, answered) = (evaluator.frame(asking), evaluator.frame(answer))
        one.clear()
        for (place, part) in survey.parts.enumerated() {
            asked.copy(all)
            asked.unite(one)
            answered.copy(asked)
            evaluator.narrow(answered, part, chunk: chunk, level: free)
            let failed = evaluator.frame(failures + place)
            failed.copy(all)
            failed.subtract(answered)
            all.intersect(answered)
            one.intersect(answered)
            one.unite(failed)
            if all.shape == .none && one.shape == .none { return false }
        }
        return true
    }

    private func countDrops(into result: inout SurveyResult) {
        let (all, one) = (evaluator.frame(holding), evaluator.frame(failing))
        for place in survey.parts.indices { evaluator.frame(failures + place).intersect(one) }
        for (leaf, drop) in survey.drops.enumerated() {
            let others = evaluator.frame(answer)
            others.copy(all)
            others.unite(evaluator.frame(failures + drop.part))
            if let node = drop.node { evaluator.narrow(others, node, chunk: chunk, level: free) }
            result.dropped[leaf] = others.count
        }
    }

    private func spread(over frame: Frame, into result: inout SurveyResult) {
        let first = chunk * Chunk.size
        for (index, spread) in survey.spreads.enumerated() {
            var counts = [Int](repeating: 0, count: 256)
            frame.forEach { counts[Int(spread.step(at: first + Int($0)))] &+= 1 }
            result.spreads[index] = Array(counts[0..<spread.stepCount])
        }
        for (index, column) in survey.sums.enumerated() {
            var sum: Int64 = 0
            frame.forEach { sum &+= column.amountOrZero(at: first + Int($0)) }
            result.sums[index] = sum
        }
        for (index, column) in survey.numberSums.enumerated() {
            var sum: Int64 = 0
            frame.forEach { sum &+= Int64(column.number(at: first + Int($0))) }
            result.numberSums[index] = sum
        }
    }
}

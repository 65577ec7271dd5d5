import Synchronization

/// What a part of a question did in one run: how many it was asked about, how many it kept, and the time of all threads.
package struct StepReport: Sendable, Equatable {
    package let name: String
    /// The share of everyone for whom it was expected to hold.
    package let expectedShare: Double
    package internal(set) var asked = 0
    package internal(set) var kept = 0
    package internal(set) var micros: Double = 0
}

extension Population {
    /// Counts who holds all parts, part by part in the order of a plan, and times each.
    package func explain(_ parts: [(name: String, question: Question)]) -> [StepReport] {
        let nodes = parts.map { part in
            (name: part.name, node: Node(part.question, isNegated: false, count: max(1, base.count)))
        }.sorted { $0.node.estimate.costToRefuse < $1.node.estimate.costToRefuse }
        let reports = Reports(nodes.map { StepReport(name: $0.name, expectedShare: $0.node.estimate.share) })
        forEachChunk { evaluator, chunk in
            let frame = evaluator.everyone(ofChunk: chunk, level: 0)
            var steps: [(asked: Int, kept: Int, micros: Double)] = []
            for (_, node) in nodes {
                let (asked, started) = (frame.count, ContinuousClock.now)
                evaluator.narrow(frame, node, chunk: chunk, level: 1)
                let spent = ContinuousClock.now - started
                steps.append((asked, frame.count, spent / .microseconds(1)))
            }
            reports.add(steps)
        }
        return reports.sum.withLock { $0 }
    }
}

private final class Reports: Sendable {
    let sum: Mutex<[StepReport]>

    init(_ empty: [StepReport]) { sum = Mutex(empty) }

    func add(_ steps: [(asked: Int, kept: Int, micros: Double)]) {
        sum.withLock { reports in
            for (place, step) in steps.enumerated() {
                reports[place].asked += step.asked
                reports[place].kept += step.kept
                reports[place].micros += step.micros
            }
        }
    }
}

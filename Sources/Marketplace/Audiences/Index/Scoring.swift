import AudienceIndex
import Synchronization

/// The scores of an index, worked out when the first question asks for them: everybody's may move when one shopper's year
/// changes. What a former state of the index worked out is used again as far as it still holds.
final class Scoring: Sendable {
    private struct State {
        var thresholds: ScoreThresholds?
        /// By the column that they were made of, which is kept so that its identity stays its own.
        var sets: [ObjectIdentifier: (column: NumberColumn, sets: ScoreSets)] = [:]
    }

    private let state: Mutex<State>

    init() { state = Mutex(State()) }

    /// After a change. `yearsAreSame`: nobody's year is another than it was.
    init(after former: Scoring, yearsAreSame: Bool) {
        var known = former.state.withLock { $0 }
        if !yearsAreSame { known = State() }
        state = Mutex(known)
    }

    /// For each layer.
    func sets(of layers: [IndexLayer]) -> [ScoreSets] {
        state.withLock { state in
            let thresholds = state.thresholds ?? ScoreThresholds(layers)
            state.thresholds = thresholds
            let known = state.sets
            state.sets = [:]
            return layers.map { layer in
                let year = layer.facts.year
                let id = ObjectIdentifier(year.receipts)
                let sets = known[id]?.sets ?? ScoreSets(year, thresholds)
                state.sets[id] = (year.receipts, sets)
                return sets
            }
        }
    }

    var byteCount: Int { state.withLock { $0.sets.values.reduce(0) { $0 + $1.sets.byteCount } } }
}

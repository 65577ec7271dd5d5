import AudienceIndex
import Kernel
import Profiles

/// What an index answers. Each takes as long as its predicate needs: never on one of Swift's own threads.
extension ShopperIndex {
    /// Whether it answers without help: goods on several receipts (two products on one receipt are one) it does not.
    package static func holds(_ predicate: Predicate) -> Bool { unheld(predicate).isEmpty }

    /// The criteria whose shoppers must be given.
    package static func unheld(_ predicate: Predicate) -> [Criterion] {
        predicate.criteria.filter { if case .bought(_, _, let receipts) = $0 { receipts > 1 } else { false } }
    }

    /// How many shoppers the predicate has. `given`: the keys of the criteria that are not held, rising.
    package func count(of predicate: Predicate, given: [Criterion: [Int64]] = [:]) -> Int {
        zip(layers, questions(given)).reduce(0) { sum, part in
            let population = part.0.population(crew)
            return sum + population.count(of: population.plan(part.1.question(predicate)))
        }
    }

    /// Their keys, rising.
    package func members(of predicate: Predicate, given: [Criterion: [Int64]] = [:]) -> [Int64] {
        let found = zip(layers, questions(given)).map { layer, questions in
            let population = layer.population(crew)
            return layer.keys(of: population.members(of: population.plan(questions.question(predicate))))
        }
        return found.count == 1 ? found[0] : found.joined().sorted()
    }

    /// The questions of each layer.
    func questions(_ given: [Criterion: [Int64]] = [:]) -> [IndexQuestions] {
        zip(layers, scoring.sets(of: layers)).map { layer, scores in
            IndexQuestions(
                layer.facts, scores, moment, catalogue,
                given: given.mapValues { OrdinalSet(layer.facts.ordinals(of: $0)) })
        }
    }
}

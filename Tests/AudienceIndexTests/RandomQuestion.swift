import AudienceIndex
import TestSupport

/// A question with the plain evaluation of its leaves beside it: what any answer must equal. A leaf's answers are worked
/// out once for everyone.
struct PlainQuestion {
    indirect enum Tree {
        case all([Tree])
        case any([Tree])
        case not(Tree)
        case leaf(Int)
    }

    let tree: Tree
    let leaves: [RandomPopulation.PlainLeaf]

    var question: Question { Self.question(tree, leaves) }

    var text: String { Self.text(tree, leaves) }

    private static func question(_ tree: Tree, _ leaves: [RandomPopulation.PlainLeaf]) -> Question {
        switch tree {
        case .all(let parts): .all(parts.map { question($0, leaves) })
        case .any(let parts): .any(parts.map { question($0, leaves) })
        case .not(let part): .not(question(part, leaves))
        case .leaf(let number): .leaf(leaves[number].leaf)
        }
    }

    private static func text(_ tree: Tree, _ leaves: [RandomPopulation.PlainLeaf]) -> String {
        switch tree {
        case .all(let parts): "all(\(parts.map { text($0, leaves) }.joined(separator: ", ")))"
        case .any(let parts): "any(\(parts.map { text($0, leaves) }.joined(separator: ", ")))"
        case .not(let part): "not(\(text(part, leaves)))"
        case .leaf(let number): leaves[number].name
        }
    }

    static func random(_ leaves: [RandomPopulation.PlainLeaf], _ random: inout SeededGenerator) -> PlainQuestion {
        PlainQuestion(tree: tree(leaves.count, depth: 1, &random), leaves: leaves)
    }

    private static func tree(_ leaves: Int, depth: Int, _ random: inout SeededGenerator) -> Tree {
        guard depth < 5, Int.random(in: 0..<3, using: &random) > 0 else {
            return .leaf(Int.random(in: 0..<leaves, using: &random))
        }
        let parts = (0..<Int.random(in: depth == 1 ? 0...5 : 1...4, using: &random)).map { _ in
            tree(leaves, depth: depth + 1, &random)
        }
        return switch Int.random(in: 0..<5, using: &random) {
        case 0, 1: .all(parts)
        case 2, 3: .any(parts)
        default: .not(parts.first ?? .all([]))
        }
    }
}

/// The answers of each leaf for everyone of the base, as plain arrays.
struct PlainAnswers {
    let base: [Bool]
    let leaves: [[Bool]]

    init(_ drawn: RandomPopulation) {
        base = (0..<drawn.count).map { drawn.population.base.contains(UInt32($0)) }
        leaves = drawn.leaves.map { leaf in (0..<drawn.count).map(leaf.holds) }
    }

    func members(_ tree: PlainQuestion.Tree) -> [UInt32] {
        let holds = answers(tree)
        return base.indices.filter { base[$0] && holds[$0] }.map(UInt32.init)
    }

    private func answers(_ tree: PlainQuestion.Tree) -> [Bool] {
        switch tree {
        case .leaf(let number): leaves[number]
        case .not(let part): answers(part).map { !$0 }
        case .all(let parts):
            parts.map(answers).reduce(Array(repeating: true, count: base.count)) { zip($0, $1).map { $0 && $1 } }
        case .any(let parts):
            parts.map(answers).reduce(Array(repeating: false, count: base.count)) { zip($0, $1).map { $0 || $1 } }
        }
    }
}

extension PlainQuestion.Tree {
    var leafCount: Int {
        switch self {
        case .all(let parts), .any(let parts): parts.reduce(0) { $0 + $1.leafCount }
        case .not(let part): part.leafCount
        case .leaf: 1
        }
    }

    /// Without one leaf; nil where nothing is left.
    func without(_ number: Int) -> PlainQuestion.Tree? {
        switch self {
        case .leaf: return number == 0 ? nil : self
        case .not(let part): return part.without(number).map { .not($0) }
        case .all(let parts), .any(let parts):
            var (rest, first) = ([PlainQuestion.Tree](), 0)
            for part in parts {
                let isHere = number >= first && number < first + part.leafCount
                if let kept = isHere ? part.without(number - first) : part { rest.append(kept) }
                first += part.leafCount
            }
            if rest.isEmpty { return nil }
            if case .all = self { return .all(rest) }
            return .any(rest)
        }
    }
}

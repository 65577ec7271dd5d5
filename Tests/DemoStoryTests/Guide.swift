import JSONText
import TestSupport

/// A guide for a role: blocks of commands, some with what their last answer has among other things.
struct Guide: Sendable {
    static let roles = ["supplier", "retailer", "app-developer", "till-integrator", "operator"]

    let role: String
    /// What is stated under each block; nil where nothing is.
    let statements: [JSONValue?]

    /// Reads the fenced blocks of a page: `sh` are commands, `json` belongs to the commands before it.
    init(role: String, page: String) {
        var statements: [JSONValue?] = []
        var open: (kind: Substring, text: [Substring])?
        for line in page.split(separator: "\n", omittingEmptySubsequences: false) {
            if let block = open {
                guard line == "```" else {
                    open?.text.append(line)
                    continue
                }
                open = nil
                if block.kind == "sh" { statements.append(nil) }
                if block.kind == "json", !statements.isEmpty {
                    statements[statements.count - 1] =
                        (try? JSONReader.parse(Array(block.text.joined(separator: "\n").utf8))) ?? "the statement is no JSON"
                }
            } else if line.hasPrefix("```"), line.count > 3 {
                open = (line.dropFirst(3), [])
            }
        }
        self.role = role
        self.statements = statements
    }

    /// The last answer of each block in the output of `guide.sh`.
    static func answers(in output: String) -> [JSONValue] {
        var answers: [JSONValue] = []
        for line in output.split(separator: "\n") {
            if line.hasPrefix("--- block ") {
                answers.append(.null)
            } else if !answers.isEmpty, let json = try? JSONReader.parse(Array(line.utf8)) {
                answers[answers.count - 1] = json
            }
        }
        return answers
    }
}

extension JSONValue {
    /// Whether it has all that is stated. Lists are compared from their beginning; a text that ends with `...` states how it
    /// begins, and an empty list that there is nothing.
    func has(_ stated: JSONValue) -> Bool {
        switch stated {
        case .object(let members): members.allSatisfy { self[$0.key].has($0.value) }
        case .array(let wanted):
            wanted.isEmpty ? elements.isEmpty : elements.count >= wanted.count && zip(elements, wanted).allSatisfy { $0.has($1) }
        case .string(let text) where text.hasSuffix("..."): string?.hasPrefix(text.dropLast(3)) ?? false
        default: self == stated
        }
    }
}

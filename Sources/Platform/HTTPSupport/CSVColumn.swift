package import JSONText

/// A column of a flat file, and the member of the JSON object that it stands for: a line of CSV is turned into the object
/// that a line of NDJSON would be, and one parser reads both.
package struct CSVColumn: Sendable, Hashable {
    package enum Form: Sendable, Hashable {
        case text, integer
        /// `true`, `false`, `1` or `0`.
        case flag
        /// Texts separated by `|`.
        case list
    }

    package let name: String
    /// The member, or the member of a nested object: `["price", "amount"]`.
    package let path: [String]
    package let form: Form

    /// `path` is the name itself where it is left out.
    package init(_ name: String, _ form: Form = .text, path: [String]? = nil) {
        precondition(path.map { (1...2).contains($0.count) } ?? true, "a path has one or two members")
        self.name = name
        self.form = form
        self.path = path ?? [name]
    }

    /// The object that a record stands for. An empty cell is an absent member; a cell that is not of its form stays text,
    /// so that the parser refuses it with its own reason.
    package static func object(_ columns: [CSVColumn], cell: (_ name: String) -> String?) -> JSONValue {
        var members: [String: JSONValue] = [:]
        var nested: [String: [String: JSONValue]] = [:]
        for column in columns {
            guard let text = cell(column.name), !text.isEmpty else { continue }
            if column.path.count == 1 {
                members[column.path[0]] = column.value(of: text)
            } else {
                nested[column.path[0], default: [:]][column.path[1]] = column.value(of: text)
            }
        }
        for (name, inner) in nested { members[name] = .object(inner) }
        return .object(members)
    }

    private func value(of text: String) -> JSONValue {
        switch form {
        case .text: .string(text)
        case .integer: Int64(text).map { .integer($0) } ?? .string(text)
        case .flag:
            switch text {
            case "true", "1": .bool(true)
            case "false", "0": .bool(false)
            default: .string(text)
            }
        case .list: .array(text.split(separator: "|").map { .string(String($0)) })
        }
    }
}

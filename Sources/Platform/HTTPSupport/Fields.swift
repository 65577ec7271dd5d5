package import JSONText
package import Kernel

/// Reads the members of a JSON object (or query parameters) into a domain value, and collects everything that is wrong
/// with a pointer to each place. Getters of bad members return a harmless value, which nobody sees: `read` throws then.
package final class Fields {
    private let members: [String: JSONValue]
    private let spot: Spot
    private let problems: ProblemList
    private let isQuery: Bool
    /// Members that somebody asked for, each once; of those that are not there nobody needs to know. Objects have few members:
    /// looking through them costs less than hashing.
    private var known: [String] = []

    /// Where an object stands. Most are good: its pointer is put together when something in it is refused.
    private enum Spot {
        case pointer(String)
        case member(of: Fields, String)
        case element(of: Fields, String, Int)
    }

    private init(_ members: [String: JSONValue], at spot: Spot, _ problems: ProblemList, isQuery: Bool = false) {
        self.members = members
        self.spot = spot
        self.problems = problems
        self.isQuery = isQuery
    }

    private var pointer: String {
        switch spot {
        case .pointer(let pointer): pointer
        case .member(let parent, let name): parent.place(of: name)
        case .element(let parent, let name, let index): "\(parent.place(of: name))/\(index)"
        }
    }

    /// A member as it is there, null too.
    private func look(_ name: String) -> JSONValue? {
        guard let value = members[name] else { return nil }
        know(name)
        return value
    }

    private func know(_ name: String) {
        if !known.contains(name) { known.append(name) }
    }

    package static func read<Value>(_ json: JSONValue, _ body: (Fields) throws -> Value) throws -> Value {
        guard case .object(let members) = json else {
            throw Problem.invalid([FieldProblem(pointer: "", code: "not_an_object", detail: "Must be a JSON object.")])
        }
        let problems = ProblemList()
        return try Fields(members, at: .pointer(""), problems).finish(body)
    }

    package static func read<Value>(
        query: [(name: String, value: String)], _ body: (Fields) throws -> Value
    ) throws -> Value {
        let problems = ProblemList()
        var members: [String: JSONValue] = [:]
        for item in query where members.updateValue(.string(item.value), forKey: item.name) != nil {
            problems.list.append(FieldProblem(pointer: "?\(item.name)", code: "repeated", detail: "Is given twice."))
        }
        return try Fields(members, at: .pointer("?"), problems, isQuery: true).finish(body)
    }

    private func finish<Value>(_ body: (Fields) throws -> Value) throws -> Value {
        let value = try body(self)
        refuseUnknown()
        guard problems.list.isEmpty else { throw Problem.invalid(problems.list) }
        return value
    }

    private func refuseUnknown() {
        guard known.count < members.count else { return }
        for name in members.keys.filter({ !known.contains($0) }).sorted() {
            refuse(name, "unknown_field", "There is no such field.")
        }
    }

    /// Records that a member is bad.
    package func refuse(_ name: String, _ code: String, _ detail: String) {
        problems.list.append(FieldProblem(pointer: place(of: name), code: code, detail: detail))
    }

    /// Records that the object itself is bad, whatever its members are.
    package func refuseWhole(_ code: String, _ detail: String) {
        problems.list.append(FieldProblem(pointer: pointer, code: code, detail: detail))
    }

    /// Records what is bad where the caller knows the place.
    package func refuse(_ problem: FieldProblem) { problems.list.append(problem) }

    /// Nothing was found bad so far.
    package var isGoodSoFar: Bool { problems.list.isEmpty }

    /// True where the member is there and is not null.
    package func has(_ name: String) -> Bool {
        guard let value = look(name) else { return false }
        return value != .null
    }

    /// True where an edit names a member as null, which takes its value away.
    package func isNull(_ name: String) -> Bool {
        look(name) == .null
    }

    /// A member of an edit: the old value where the edit does not name it. Without an old value it must be there; null is
    /// no value, and refused.
    package func edited<Value>(_ name: String, from old: Value?, _ read: (String) -> Value) -> Value {
        if let old, look(name) == nil { return old }
        return read(name)
    }

    /// Where a member stands, for a later refusal: `/lines/3/product_id`.
    package func place(of name: String) -> String {
        isQuery ? "?\(name)" : "\(pointer)/\(name.escapedForPointer)"
    }

    /// Which of these words are the names of members that are there and not null, in any order.
    package func present<Word: RawRepresentable<String>>(among _: Word.Type) -> [Word] {
        var words: [Word] = []
        for (name, value) in members {
            guard let word = Word(rawValue: name) else { continue }
            know(name)
            if case .null = value { continue }
            words.append(word)
        }
        return words
    }

    /// The raw value of an optional member; null counts as absent.
    package func value(_ name: String) -> JSONValue? {
        guard let value = look(name), value != .null else { return nil }
        return value
    }

    /// The raw value of a member that must be there.
    package func requiredValue(_ name: String) -> JSONValue? {
        guard let value = value(name) else {
            refuse(name, "required", "Is required.")
            return nil
        }
        return value
    }

    var readsQuery: Bool { isQuery }
}

extension Fields {
    /// The members of a nested object that must be there.
    package func object<Value>(_ name: String, otherwise: @autoclosure () -> Value, _ read: (Fields) throws -> Value) rethrows
        -> Value
    {
        guard let value = requiredValue(name) else { return otherwise() }
        return try nested(value, at: .member(of: self, name), read) ?? otherwise()
    }

    /// The members of a nested object, nil where it is absent.
    package func objectIfPresent<Value>(_ name: String, _ read: (Fields) throws -> Value) rethrows -> Value? {
        guard let value = value(name) else { return nil }
        return try nested(value, at: .member(of: self, name), read)
    }

    /// A list of objects that must be there, with bounds on its length.
    package func objects<Value>(_ name: String, count: ClosedRange<Int>, _ read: (Fields) throws -> Value) rethrows -> [Value] {
        let elements = list(requiredValue(name), name, count)
        return try elements.enumerated().compactMap { try nested($1, at: .element(of: self, name, $0), read) }
    }

    /// A list of objects; absent is empty.
    package func objectsIfPresent<Value>(_ name: String, max: Int, _ read: (Fields) throws -> Value) rethrows -> [Value] {
        guard let value = value(name) else { return [] }
        let elements = list(value, name, 0...max)
        return try elements.enumerated().compactMap { try nested($1, at: .element(of: self, name, $0), read) }
    }

    /// A list of plain values; absent is nil. `read` throws `BadValue` for a bad element.
    package func listIfPresent<Value>(_ name: String, max: Int, _ read: (JSONValue) throws -> Value) -> [Value]? {
        guard let value = value(name) else { return nil }
        return list(value, name, 0...max).enumerated().compactMap { index, element in
            do {
                return try read(element)
            } catch {
                let bad = BadValue.of(error)
                let place = "\(place(of: name))/\(index)"
                problems.list.append(FieldProblem(pointer: place, code: bad.code, detail: bad.detail))
                return nil
            }
        }
    }

    /// A nested tree whose shape the caller walks itself, such as a predicate.
    package func nested<Value>(_ value: JSONValue, at place: String, _ read: (Fields) throws -> Value) rethrows -> Value? {
        try nested(value, at: .pointer(place), read)
    }

    private func nested<Value>(_ value: JSONValue, at spot: Spot, _ read: (Fields) throws -> Value) rethrows -> Value? {
        guard case .object(let members) = value else {
            Fields([:], at: spot, problems).refuseWhole("not_an_object", "Must be a JSON object.")
            return nil
        }
        let fields = Fields(members, at: spot, problems)
        let result = try read(fields)
        fields.refuseUnknown()
        return result
    }

    private func list(_ value: JSONValue?, _ name: String, _ count: ClosedRange<Int>) -> [JSONValue] {
        guard let value else { return [] }
        guard case .array(let elements) = value else {
            refuse(name, "not_a_list", "Must be a list.")
            return []
        }
        guard count.contains(elements.count) else {
            refuse(name, "bad_length", "Must have \(count.lowerBound) to \(count.upperBound) elements.")
            return []
        }
        return elements
    }
}

/// Why one value is bad.
package struct BadValue: Error {
    package let code: String
    package let detail: String

    package init(_ code: String, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    /// What a reader threw: readers of values throw nothing else.
    static func of(_ error: any Error) -> BadValue { error as? BadValue ?? BadValue("bad_value", "Cannot be read.") }
}

private final class ProblemList {
    var list: [FieldProblem] = []
}

extension String {
    /// RFC 6901: `~` and `/` are written `~0` and `~1`.
    fileprivate var escapedForPointer: String {
        guard utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else { return self }
        return reduce(into: "") { $0 += $1 == "~" ? "~0" : $1 == "/" ? "~1" : String($1) }
    }
}

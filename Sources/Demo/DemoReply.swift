package import JSONText

/// What the service answered.
package struct DemoReply: Sendable {
    package let status: Int
    package let json: JSONValue
    /// For how long the service asks to wait, of an answer that does.
    let retryAfter: Duration?
    private let body: [UInt8]

    init(status: Int, retryAfterSeconds: Int?, body: [UInt8]) {
        self.status = status
        self.body = body
        retryAfter = retryAfterSeconds.map { .seconds($0) }
        json = (try? JSONReader.parse(body)) ?? .null
    }

    var bodyText: String { String(decoding: body, as: UTF8.self) }

    /// The text at a path of members; an answer without it is not the one that the contract names.
    func text(_ path: String...) throws -> String {
        guard case .string(let text)? = json.at(path) else { throw DemoFault.missing(path.joined(separator: "."), bodyText) }
        return text
    }

    func integer(_ path: String...) throws -> Int64 {
        guard case .integer(let number)? = json.at(path) else {
            throw DemoFault.missing(path.joined(separator: "."), bodyText)
        }
        return number
    }

    func elements(_ path: String...) throws -> [JSONValue] {
        guard case .array(let elements)? = json.at(path) else {
            throw DemoFault.missing(path.joined(separator: "."), bodyText)
        }
        return elements
    }
}

extension JSONValue {
    /// What stands at a path of members.
    func at(_ path: [String]) -> JSONValue? {
        path.reduce(self) { value, name in
            guard case .object(let members)? = value else { return nil }
            return members[name]
        }
    }

    func text(_ path: String...) -> String? { if case .string(let text)? = at(path) { text } else { nil } }
    func integer(_ path: String...) -> Int64? { if case .integer(let number)? = at(path) { number } else { nil } }
    func elements(_ path: String...) -> [JSONValue] { if case .array(let elements)? = at(path) { elements } else { [] } }
}

/// A step of the story that the service refused: the story needs it.
struct DemoRefused: Error, CustomStringConvertible {
    let request: String
    let reply: DemoReply

    var description: String { "\(request) was answered with \(reply.status): \(reply.bodyText)" }
}

package enum DemoFault: Error, CustomStringConvertible {
    case missing(String, String)
    case interrupted
    case othersConnected
    case notPushed(expected: Int, arrived: Int)
    case badSignature
    case rejectedLines(kind: String, Int64)
    case tooSmall(String)
    case findings(Int)

    package var description: String {
        switch self {
        case .missing(let path, let body): "an answer has no \(path): \(body)"
        case .interrupted: "the demo was interrupted"
        case .othersConnected:
            "another program works on this database. Stop `tradewind serve` first: the demo plays weeks in a minute by a "
                + "clock of its own, and a service with the real clock would end its campaign at once"
        case .notPushed(let expected, let arrived): "\(arrived) of \(expected) messages with offers arrived"
        case .badSignature: "a webhook's signature does not verify"
        case .rejectedLines(let kind, let count): "\(count) lines of \(kind) were rejected"
        case .tooSmall(let what): "the town is too small: \(what). Give it more shoppers or weeks"
        case .findings(let count): "verify has \(count) findings"
        }
    }
}

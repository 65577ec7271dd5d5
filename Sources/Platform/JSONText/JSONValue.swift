/// A parsed JSON text. Numbers stay exact: an integer of 64 bits, or the very characters of anything else.
package enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case decimal(String)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])
}

/// Why a text is not JSON, and at which byte.
package struct JSONFault: Error, Hashable, Sendable {
    package enum Reason: String, Sendable {
        case unexpectedEnd = "ended unexpectedly"
        case unexpectedByte = "has an unexpected character"
        case badNumber = "has a malformed number"
        case badString = "has a malformed string"
        case badUTF8 = "is not valid UTF-8"
        case tooDeep = "is nested too deeply"
        case tooManyValues = "has too many values"
        case numberTooLong = "has too long a number"
        case duplicateKey = "names a member twice"
        case trailingBytes = "goes on after its end"
    }

    package let reason: Reason
    package let offset: Int
}

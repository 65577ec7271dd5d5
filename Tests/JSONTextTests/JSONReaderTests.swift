import JSONText
import TestSupport
import Testing

@Suite struct JSONReaderTests {
    @Test func `a text is read with its numbers exact`() throws {
        let text =
            #"{"a": [1, -0, 9223372036854775807, 9223372036854775808, 1.50, 2e3], "b": {"c": null, "d": true}, "é\u00e9\ud83d\ude00\n": "x"}"#
        #expect(
            try JSONReader.parse(Array(text.utf8)) == [
                "a": [1, 0, 9_223_372_036_854_775_807, .decimal("9223372036854775808"), .decimal("1.50"), .decimal("2e3")],
                "b": ["c": nil, "d": true], "éé😀\n": "x",
            ])
    }

    @Test(arguments: [
        ("", JSONFault.Reason.unexpectedEnd), ("{", .unexpectedByte), ("[1,]", .unexpectedByte), ("01", .badNumber),
        ("-", .badNumber), ("1.", .badNumber), ("1e", .badNumber), ("\"a", .unexpectedEnd), ("\"\u{1}\"", .badString),
        (#""\x""#, .badString), (#""\ud800""#, .badString), ("tru", .unexpectedEnd), ("{\"a\":1,\"a\":2}", .duplicateKey),
        ("1 2", .trailingBytes), ("{1:2}", .unexpectedByte), (String(repeating: "[", count: 33), .tooDeep),
    ])
    func `what is not JSON is refused with its reason`(text: String, reason: JSONFault.Reason) {
        let fault = #expect(throws: JSONFault.self) { try JSONReader.parse(Array(text.utf8)) }
        #expect(fault?.reason == reason)
    }

    @Test func `bytes that are not UTF-8 are refused`() {
        let fault = #expect(throws: JSONFault.self) { try JSONReader.parse([0x22, 0xC3, 0x28, 0x22]) }
        #expect(fault?.reason == .badUTF8)
    }

    @Test func `what is written is read back`() throws {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<300 {
            let value = JSONValue.random(depth: 4, using: &generator)
            #expect(try JSONReader.parse(value.jsonBytes) == value)
        }
    }
}

extension JSONValue {
    fileprivate static func random(depth: Int, using generator: inout SeededGenerator) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 6 : 4), using: &generator) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &generator))
        case 2: return .integer(Int64.random(in: .min ... .max, using: &generator))
        case 3:
            let scalars = (0..<Int.random(in: 0..<12, using: &generator)).compactMap { _ in
                Unicode.Scalar(UInt32.random(in: 0..<0x11_0000, using: &generator))
            }
            return .string(String(String.UnicodeScalarView(scalars)))
        case 4:
            return .array((0..<Int.random(in: 0..<4, using: &generator)).map { _ in random(depth: depth - 1, using: &generator) })
        default:
            let members = (0..<Int.random(in: 0..<4, using: &generator)).map {
                ("k\($0)", random(depth: depth - 1, using: &generator))
            }
            return .object(Dictionary(uniqueKeysWithValues: members))
        }
    }
}

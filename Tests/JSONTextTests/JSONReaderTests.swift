import JSONText
import Kernel
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

    @Test(
        arguments: [
            [0xC3, 0x28], [0xFF], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xE2, 0x82], [0xF5, 0x80, 0x80, 0x80], [0x61, 0x80],
            [0x5C, 0x6E, 0xFF],
        ] as [[UInt8]])
    func `bytes that are not UTF-8 are refused`(bytes: [UInt8]) {
        let fault = #expect(throws: JSONFault.self) { try JSONReader.parse([0x22] + bytes + [0x22]) }
        #expect(fault?.reason == .badUTF8)
    }

    @Test(arguments: ["\u{FFFD}", "a\u{FFFD}é", "😀", "\u{10FFFF}", "е\u{301}", ""])
    func `text that is UTF-8 is read as it is`(text: String) throws {
        #expect(try JSONReader.parse(JSONValue.string(text).jsonBytes) == .string(text))
        #expect(String(wellFormed: Array(text.utf8)[...])?.utf8.elementsEqual(text.utf8) == true)
    }

    @Test(
        arguments: [
            (0, "0"), (9, "9"), (10, "10"), (-1, "-1"), (1_000_000, "1000000"), (.max, "9223372036854775807"),
            (.min, "-9223372036854775808"),
        ] as [(Int64, String)])
    func `integers are written to the digit`(value: Int64, text: String) {
        let twice = JSONValue.array([.integer(value), .integer(value)])
        #expect(String(decoding: twice.jsonBytes, as: UTF8.self) == "[\(text),\(text)]")
    }

    @Test func `integers beyond 64 bits with a sign are written too`() {
        var json = JSONWriter()
        json.integer(UInt64.max)
        #expect(String(decoding: json.bytes, as: UTF8.self) == "18446744073709551615")
    }

    @Test func `what must be escaped is`() throws {
        let text = "\"a\\b\u{1}\u{1F}\n\u{7F}\u{2028}"
        let bytes = JSONValue.string(text).jsonBytes
        #expect(String(decoding: bytes, as: UTF8.self) == #""\"a\\b\u0001\u001f\u000a"# + "\u{7F}\u{2028}\"")
        #expect(try JSONReader.parse(bytes) == .string(text))
    }

    @Test(arguments: [0, 1, 2, 6, 7, 40]) func `objects of any size are read`(count: Int) throws {
        let object = JSONValue.object(Dictionary(uniqueKeysWithValues: (0..<count).map { ("k\($0)", .integer(Int64($0))) }))
        #expect(try JSONReader.parse(object.jsonBytes) == object)
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

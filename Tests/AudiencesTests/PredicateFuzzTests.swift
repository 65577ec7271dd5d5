import Audiences
import HTTPSupport
import JSONText
import Kernel
import TestSupport
import Testing

/// 100 000 inputs that nobody would write, most of them nearly right: the parser gives a predicate that is written as it was
/// read, or says where it is wrong, and never anything else.
@Suite(.computing) struct PredicateFuzzTests {
    private static let inputsEach = 25_000

    private static let oddities: [String] = [
        "null", "true", "[]", "{}", "[[]]", "{\"all\":[]}", "\"\"", "\"\\u0000\"", "\"\\ud800\"", "0", "-0", "-1", "1.0", "1e400",
        "9223372036854775807", "9223372036854775808", "-9223372036854775809", "1e-9", "\"e\\u0301\"", "\"\u{FEFF}\"",
        "\"" + String(repeating: "x", count: 300) + "\"", "{\"gte\":5,\"lt\":5}", "{\"gte\":9,\"lte\":1}",
        "{\"any\":[],\"all\":[]}",
        String(repeating: "[", count: 40), String(repeating: "{\"not\":", count: 40),
    ]

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `no input crashes the parser, and what it takes is written as it was read`(seed: UInt64) throws {
        var source = RandomTown(seed: seed)
        var (taken, refused) = (0, 0)
        var text: [UInt8] = []
        for number in 0..<Self.inputsEach {
            if number % 8 == 0 { text = source.predicate().jsonBytes }
            let input = Self.mutated(text, &source)
            do {
                let predicate = try Self.parsed(input)
                taken += 1
                #expect(try Self.parsed(predicate.jsonBytes) == predicate)
                #expect(predicate.normalForm.normalForm == predicate.normalForm)
                #expect(!predicate.canonicalBytes.isEmpty)
            } catch let problem as Problem {
                refused += 1
                #expect(problem.status == 422)
                #expect(!problem.fields.isEmpty)
                #expect(
                    problem.fields.allSatisfy { $0.pointer.hasPrefix("/predicate") }, "\(String(decoding: input, as: UTF8.self))")
            } catch is JSONFault {
                refused += 1
            }
        }
        #expect(taken > 1_000 && refused > 1_000, "\(taken) taken, \(refused) refused")
    }

    @Test func `what is too deep, too many, too long, empty or upside down points at its leaf`() throws {
        let leaf = #"{"spend":{"gte":1}}"#
        let many = Array(repeating: leaf, count: 40).joined(separator: ",")
        let deep = String(repeating: #"{"not":"#, count: 8) + leaf + String(repeating: "}", count: 8)
        let ids = (0...1_000).map { "\"p\($0)\"" }.joined(separator: ",")
        let table: [(text: String, pointer: String, code: String)] = [
            (deep, "/predicate" + String(repeating: "/not", count: 8), "too_deep"),
            (#"{"all":[{"any":[\#(many)]},{"any":[\#(many)]}]}"#, "/predicate/all/1/any/24/spend", "too_many_leaves"),
            (
                #"{"all":[\#(leaf),{"bought":{"products":[\#(ids)],"within_days":30}}]}"#, "/predicate/all/1/bought/products",
                "bad_length"
            ),
            (#"{"any":[{"spend":{"gte":100,"lt":100}}]}"#, "/predicate/any/0/spend/lt", "empty_range"),
            (#"{"not":{"recency_days":{"gte":9,"lte":8}}}"#, "/predicate/not/recency_days/lte", "empty_range"),
            (#"{"bought":{"brands":["a"],"within_days":31}}"#, "/predicate/bought/within_days", "unknown_window"),
            (#"{"traits":{"any":["a"],"all":["b"]}}"#, "/predicate/traits", "one_only"),
            (#"{"rfm":{}}"#, "/predicate/rfm", "required"), (#"{"spend":{}}"#, "/predicate/spend", "required"),
            (#"{"all":[]}"#, "/predicate/all", "bad_length"), (#"{"spend":{"gte":1},"all":[]}"#, "/predicate", "one_member"),
            (#"{"stores":{"any":["s"],"min_receipts":0}}"#, "/predicate/stores/min_receipts", "out_of_range"),
        ]
        for row in table {
            let problem = #expect(throws: Problem.self) { try Self.parsed(Array(row.text.utf8)) }
            let found = problem?.fields.map { "\($0.pointer) \($0.code)" } ?? []
            #expect(found.contains("\(row.pointer) \(row.code)"), "\(row.text.prefix(80)): \(found.prefix(3))")
        }
    }

    private static func parsed(_ text: [UInt8]) throws -> Predicate {
        let json = try JSONReader.parse(text)
        return try Fields.read(.object(["predicate": json])) { Predicate($0, "predicate") }
    }

    /// One to four changes: a byte, a cut, a piece twice, another's piece, an oddity in place of a value.
    private static func mutated(_ text: [UInt8], _ source: inout RandomTown) -> [UInt8] {
        var text = text
        for _ in 0..<source.roll(4) {
            guard text.count > 2 else { return text }
            let place = source.roll(text.count)
            switch source.roll(6) {
            case 0: text[place] = UInt8(source.roll(256))
            case 1: text.removeSubrange(place..<min(text.count, place + 1 + source.roll(6)))
            case 2: text.insert(contentsOf: text[place..<min(text.count, place + source.roll(20))], at: source.roll(text.count))
            case 3:
                let other = source.predicate().jsonBytes
                text.replaceSubrange(place..<min(text.count, place + source.roll(9)), with: other.prefix(source.roll(60)))
            case 4:
                let values = text.indices.filter { $0 > 0 && text[$0 - 1] == UInt8(ascii: ":") }
                guard let value = values.randomElement(using: &source.random) else { continue }
                let end = text[value...].firstIndex { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "}") } ?? text.endIndex
                text.replaceSubrange(value..<end, with: source.one(oddities).utf8)
            default: text.swapAt(place, source.roll(text.count))
            }
        }
        return text
    }
}

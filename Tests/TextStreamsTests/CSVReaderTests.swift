import TestSupport
import Testing

@testable import TextStreams

struct CSVReaderTests {
    private let small = CSVLimits(fieldBytesMax: 5, recordBytesMax: 9, fieldsMax: 3)

    @Test func `reads fields by the names of their columns`() throws {
        var names: [String] = []
        var reader = CSVReader()
        let onRecord: CSVReader.OnRecord = { names.append($0.text(1)) }
        try reader.feed(Array("\u{FEFF}id,name\r\n1,milk\r\n2,\"tea, black\"".utf8), record: onRecord, rejected: { _ in })
        try reader.finish(record: onRecord, rejected: { _ in })
        #expect(names == ["milk", "tea, black"])
        #expect(reader.header?.names == ["id", "name"])
        #expect(reader.header?.index(of: "name") == 1)
        #expect(reader.header?.index(of: "price") == nil)
    }

    @Test(arguments: [
        ("a,b\n", [CSVEvent.record(1, ["a", "b"])]),
        ("a,b", [.record(1, ["a", "b"])]),
        ("a,\n,b\n,\n", [.record(1, ["a", ""]), .record(2, ["", "b"]), .record(3, ["", ""])]),
        ("\"a\"\"b\",\"\"\r\n", [.record(1, ["a\"b", ""])]),
        ("\"a\nb\",c\nd,e\n", [.record(1, ["a\nb", "c"]), .record(3, ["d", "e"])]),
        ("\n\r\na\n\n", [.record(3, ["a"])]),
        ("\"\"\n", [.record(1, [""])]),
        ("a\rb,c\r\n", [.record(1, ["a\rb", "c"])]),
        ("a\"b,c\nd\n", [.rejected(1, .quoteInField), .record(2, ["d"])]),
        ("\"a\"b,c\nd\n", [.rejected(1, .textAfterQuote), .record(2, ["d"])]),
        ("\"a\"\rb\nd\n", [.rejected(1, .textAfterQuote), .record(2, ["d"])]),
        ("a\n\"b\nc", [.record(1, ["a"]), .rejected(2, .unclosedQuote)]),
        ("\u{FEFF}\"a\"\n", [.record(1, ["a"])]),
        ("", []),
    ])
    func `reads the examples`(text: String, events: [CSVEvent]) throws {
        #expect(try CSVEvent.read([Array(text.utf8)]) == events)
        #expect(try CSVEvent.read(text.utf8.map { [$0] }) == events, "byte by byte")
    }

    @Test(arguments: [
        ("12345,ab\n123456,a\nb\n", [CSVEvent.record(1, ["12345", "ab"]), .rejected(2, .fieldTooLong), .record(3, ["b"])]),
        ("12345,1234\n", [.rejected(1, .recordTooLong)]),
        ("12345,123\r\n", [.record(1, ["12345", "123"])]),
        ("1,2,3\n1,2,3,4\n", [.record(1, ["1", "2", "3"]), .rejected(2, .tooManyFields)]),
        ("\"123456\n\"\"\n1\",a\nb\n", [.rejected(1, .fieldTooLong), .record(4, ["b"])]),
        ("1,2,3,\"\n\"\nb\n", [.rejected(1, .tooManyFields), .record(3, ["b"])]),
        ("123456,\"\n\"\nb\n", [.rejected(1, .fieldTooLong), .record(3, ["b"])]),
    ])
    func `holds its limits`(text: String, events: [CSVEvent]) throws {
        #expect(try CSVEvent.read([Array(text.utf8)], limits: small) == events)
        #expect(try CSVEvent.read(text.utf8.map { [$0] }, limits: small) == events, "byte by byte")
    }

    @Test func `rejects a record with another number of fields than the header`() throws {
        #expect(
            try CSVEvent.read([Array("a,b\n1\n1,2\n1,2,3\n".utf8)], hasHeader: true) == [
                .rejected(2, .fieldCount(expected: 2, found: 1)), .record(3, ["1", "2"]),
                .rejected(4, .fieldCount(expected: 2, found: 3)),
            ])
    }

    @Test(arguments: [
        ("", CSVReader.Failure.missingHeader),
        ("\n\n", .missingHeader),
        ("a,,b\n", .emptyColumnName(column: 2)),
        ("a,b,a\n", .duplicateColumnName("a")),
        ("a,b\"\n", .rejectedHeader(CSVRejection(line: 1, reason: .quoteInField))),
        ("\"a", .rejectedHeader(CSVRejection(line: 1, reason: .unclosedQuote))),
    ])
    func `refuses a text whose header cannot be understood`(text: String, failure: CSVReader.Failure) {
        #expect(throws: failure) { try CSVEvent.read([Array(text.utf8)], hasHeader: true) }
    }

    @Test func `takes another separator`() throws {
        var fields: [String] = []
        var reader = CSVReader(hasHeader: false, separator: UInt8(ascii: ";"))
        let onRecord: CSVReader.OnRecord = { for index in 0..<$0.count { fields.append($0.text(index)) } }
        try reader.feed(Array("12,90;\"a;b\"\n".utf8), record: onRecord, rejected: { _ in })
        #expect(fields == ["12,90", "a;b"])
    }

    @Test func `lets a record be kept`() throws {
        var kept: [CSVRecord] = []
        var reader = CSVReader(hasHeader: false)
        try reader.feed(Array("a,b\nc,d\n".utf8), record: { kept.append(copy $0) }, rejected: { _ in })
        #expect(kept.map { $0.text(0) } == ["a", "c"])
    }

    @Test func `keeps memory constant in an endless quoted field`() throws {
        var reader = CSVReader(limits: CSVLimits(fieldBytesMax: 100, recordBytesMax: 100, fieldsMax: 3), hasHeader: false)
        var rejections: [CSVRejection] = []
        try reader.feed(Array("\"".utf8), record: { _ in }, rejected: { rejections.append($0) })
        for _ in 0..<1000 {
            try reader.feed([UInt8](repeating: 65, count: 64 * 1024), record: { _ in }, rejected: { rejections.append($0) })
            #expect(reader.heldBytes <= 100)
        }
        #expect(rejections == [CSVRejection(line: 1, reason: .fieldTooLong)])
    }

    @Test(arguments: UInt64(1)...600)
    func `agrees with the simple way, however the text is cut`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let alphabet = Array("ab,,\"\"\n\r".utf8)
        let count = Int.random(in: 0...60, using: &generator)
        let start: [UInt8] = Int.random(in: 0..<4, using: &generator) == 0 ? [0xEF, 0xBB, 0xBF] : []
        let text = start + (0..<count).map { _ in alphabet.randomElement(using: &generator)! }
        let limits = CSVLimits(
            fieldBytesMax: Int.random(in: 1...8, using: &generator),
            recordBytesMax: Int.random(in: 1...12, using: &generator),
            fieldsMax: Int.random(in: 1...4, using: &generator))
        let expected = NaiveCSV(limits: limits).read(text)
        let readable = String(decoding: text, as: UTF8.self).debugDescription
        let cut = try CSVEvent.read(text.cut(using: &generator), limits: limits)
        #expect(cut == expected, "seed \(seed): \(readable)")
        let whole = try CSVEvent.read([text], limits: limits)
        #expect(whole == expected, "seed \(seed), whole: \(readable)")
    }

    @Test(arguments: UInt64(1)...200)
    func `reads back whatever was written by the rules`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let alphabet = ["a", "молоко", ",", "\"", "\n", "\r\n", " ", ""]
        var records: [[String]] = []
        for _ in 0..<Int.random(in: 1...20, using: &generator) {
            records.append(
                (0..<Int.random(in: 1...5, using: &generator)).map { _ in
                    (0..<Int.random(in: 0...6, using: &generator)).map { _ in alphabet.randomElement(using: &generator)! }
                        .joined()
                })
        }
        let text = records.map { $0.map { "\"\($0.replacing("\"", with: "\"\""))\"" }.joined(separator: ",") }
            .joined(separator: Bool.random(using: &generator) ? "\n" : "\r\n")
        let events = try CSVEvent.read(Array(text.utf8).cut(using: &generator))
        #expect(events.map(\.fields) == records, "seed \(seed)")
    }
}

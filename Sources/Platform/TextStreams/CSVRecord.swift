/// One record of a CSV text: its fields, without quotes. A record has at least one field.
package struct CSVRecord: Sendable {
    /// The line on which the record begins, from 1. A record may go over several.
    package internal(set) var line: Int
    /// The bytes of all fields, with separators left between them that belong to none.
    var bytes: [UInt8] = []
    var fields: [Field] = []

    struct Field {
        let start: Int
        let end: Int
    }

    init(line: Int) { self.line = line }

    package var count: Int { fields.count }

    /// The bytes of a field, from 0.
    package subscript(index: Int) -> ArraySlice<UInt8> { bytes[fields[index].start..<fields[index].end] }

    /// A field as text; bytes that are no UTF-8 become U+FFFD.
    package func text(_ index: Int) -> String { String(decoding: self[index], as: UTF8.self) }

    /// Where a field's bytes end in `text`, if they stand there from `start` on with a zero byte behind them. Nothing is
    /// copied.
    package func end(of index: Int, ifIn text: [UInt8], from start: Int) -> Int? {
        let field = fields[index]
        let end = start + field.end - field.start
        let (own, other) = (bytes.span, text.span)
        guard end < other.count, other[end] == 0 else { return nil }
        for offset in 0..<(end - start) where own[field.start + offset] != other[start + offset] { return nil }
        return end
    }

    mutating func restart(at line: Int) {
        self.line = line
        bytes.removeAll(keepingCapacity: true)
        fields.removeAll(keepingCapacity: true)
    }
}

/// The first record of a CSV text: the names of its columns, no two the same and none empty.
package struct CSVHeader: Hashable, Sendable {
    package let names: [String]
    private let indices: [String: Int]

    init(_ record: CSVRecord) throws(CSVReader.Failure) {
        var names: [String] = []
        var indices: [String: Int] = [:]
        for index in 0..<record.count {
            let name = record.text(index)
            guard !name.isEmpty else { throw .emptyColumnName(column: index + 1) }
            guard indices.updateValue(index, forKey: name) == nil else { throw .duplicateColumnName(name) }
            names.append(name)
        }
        self.names = names
        self.indices = indices
    }

    /// Where a column stands in each record, from 0. Look it up once, not for each record.
    package func index(of name: String) -> Int? { indices[name] }
}

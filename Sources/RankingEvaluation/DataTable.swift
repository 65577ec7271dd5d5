import Kernel
import TextStreams

/// One file while it is read: where its columns stand, and where a fault is.
struct DataTable {
    let file: String
    let columns: [String]
    private var reader = CSVReader()
    private var places: [Int]?

    init(file: String, columns: [String]) {
        self.file = file
        self.columns = columns
    }

    mutating func feed(_ text: [UInt8], _ onRow: (borrowing DataRow) throws -> Void) throws {
        try read(onRow) { reader, record, rejected in try reader.feed(text, record: record, rejected: rejected) }
    }

    mutating func finish(_ onRow: (borrowing DataRow) throws -> Void) throws {
        try read(onRow) { reader, record, rejected in try reader.finish(record: record, rejected: rejected) }
        if places == nil, let header = reader.header { _ = try find(header) }
    }

    private mutating func read(
        _ onRow: (borrowing DataRow) throws -> Void,
        _ step: (inout CSVReader, CSVReader.OnRecord, CSVReader.OnRejection) throws -> Void
    ) throws {
        let (file, columns) = (file, columns)
        var (places, rows): ([Int]?, [CSVRecord]) = (places, [])
        do {
            try step(&reader, { rows.append(copy $0) }) { throw DataFault.badRow(file: file, line: $0.line) }
        } catch is CSVReader.Failure {
            throw DataFault.badHeader(file: file)
        }
        if places == nil, let header = reader.header { places = try find(header) }
        self.places = places
        for row in rows { try onRow(DataRow(record: row, file: file, columns: columns, places: places ?? [])) }
    }

    private func find(_ header: CSVHeader) throws -> [Int] {
        try columns.map { column in
            guard let place = header.index(of: column) else {
                throw DataFault.missingColumn(file: file, column: column, found: header.names)
            }
            return place
        }
    }
}

/// A row by the numbers of the columns that were asked for.
struct DataRow {
    let record: CSVRecord
    let file: String
    let columns: [String]
    let places: [Int]

    func text(_ column: Int) -> String { record.text(places[column]) }

    /// Not empty.
    func id(_ column: Int) throws -> String {
        let id = text(column)
        return id.isEmpty ? try bad(column) : id
    }

    /// A day, or the day of a time as it is written, by the store's own clock.
    func day(_ column: Int) throws -> Int32 {
        guard let day = BusinessDay(String(text(column).prefix(10))) else { return try bad(column) }
        return day.daysSince1970
    }

    /// Hundredths of a decimal number; what is beyond them is cut off.
    func hundredths(_ column: Int) throws -> Int64 {
        let text = text(column)
        let parts = text.utf8.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        let isNegative = text.utf8.first == UInt8(ascii: "-")
        guard let whole = parts.first.flatMap({ Int64(String(Substring($0))) }), abs(whole) < 1 << 50 else {
            return try bad(column)
        }
        let fraction = parts.count > 1 ? Array(parts[1]) : []
        guard fraction.allSatisfy({ (0x30...0x39).contains($0) }) else { return try bad(column) }
        let digits = (fraction + [0x30, 0x30]).prefix(2).reduce(Int64(0)) { $0 * 10 + Int64($1 - 0x30) }
        return whole * 100 + (isNegative ? -digits : digits)
    }

    func bad<Value>(_ column: Int) throws -> Value {
        throw DataFault.badValue(file: file, line: record.line, column: columns[column], value: String(text(column).prefix(60)))
    }
}

/// Ids of a set as numbers from 0 on, in the order in which they are first met.
struct NumberedIDs {
    private(set) var ids: [String] = []
    private var numbers: [String: Int32] = [:]

    var count: Int { ids.count }

    func number(_ id: String) -> Int32? { numbers[id] }

    mutating func add(_ id: String) -> Int32 {
        if let number = numbers[id] { return number }
        let number = Int32(ids.count)
        numbers[id] = number
        ids.append(id)
        return number
    }
}

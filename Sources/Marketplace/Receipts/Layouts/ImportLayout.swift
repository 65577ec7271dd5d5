import JSONText
package import Kernel
package import TextStreams

/// A published data set's own form of receipts, products or stores, turned into the native NDJSON.
package protocol ImportLayout: Sendable {
    /// The files of the folder, in the order in which they are read.
    static var files: [String] { get }

    /// A row of one of the files. Finished receipts go to `output`.
    mutating func read(_ row: borrowing CSVRecord, of header: CSVHeader, file: Int, into output: inout [UInt8]) throws
    /// After the last row of the last file.
    mutating func finish(into output: inout [UInt8])
}

package enum ImportLayoutName: String, CaseIterable, Sendable {
    case native
    case completeJourney = "complete-journey"
    case sortOfReal = "sort-of-real"
    case x5

    /// Nil for the native form, whose files are taken as they are. `suppliers` says who the set's brand owners are, where
    /// they are suppliers here.
    package func make(_ kind: ImportWord, suppliers: [ExternalID: SupplierID] = [:]) throws -> (any ImportLayout)? {
        switch (self, kind) {
        case (.native, _): nil
        case (.completeJourney, .receipts): CompleteJourney()
        case (.completeJourney, .products): LayoutProducts(.completeJourney, suppliers: suppliers)
        case (.sortOfReal, .receipts): JoinedReceipts(.sortOfReal)
        case (.sortOfReal, .products): LayoutProducts(.sortOfReal, suppliers: suppliers)
        case (.sortOfReal, .stores): LayoutStores()
        case (.x5, .receipts): JoinedReceipts(.x5)
        case (.x5, .products): LayoutProducts(.x5, suppliers: suppliers)
        default: throw LayoutFault.notInSet(kind)
        }
    }
}

package enum LayoutFault: Error, CustomStringConvertible, Hashable {
    case missingColumn(String)
    case badValue(column: String, line: Int)
    case notInSet(ImportWord)

    package var description: String {
        switch self {
        case .missingColumn(let name): "the column \(name) is missing"
        case .badValue(let column, let line): "line \(line): \(column) cannot be read"
        case .notInSet(let kind): "the data set has no \(kind.rawValue) to load"
        }
    }
}

/// A row by the names of its columns.
struct LayoutRow {
    let fields: [String]
    let line: Int
    let header: CSVHeader

    init(_ row: borrowing CSVRecord, _ header: CSVHeader) {
        fields = (0..<row.count).map { row.text($0) }
        line = row.line
        self.header = header
    }

    func text(_ name: String) throws -> String {
        guard let index = header.index(of: name) else { throw LayoutFault.missingColumn(name) }
        return fields[index]
    }

    func id(_ name: String) throws -> ExternalID { try id(try text(name), name) }

    /// Nil where the field is empty.
    func idIfPresent(_ name: String) throws -> ExternalID? {
        let text = try text(name)
        return text.isEmpty ? nil : try id(text, name)
    }

    /// An id that was made of several columns.
    func id(_ text: String, _ name: String) throws -> ExternalID {
        do { return try ExternalID(text) } catch { throw bad(name) }
    }

    /// Hundredths of a decimal number, rounded half away from zero; thousandths with `digits` 3.
    func scaled(_ name: String, digits: Int) throws -> Int64 {
        guard let number = ScaledDecimal.parse(try text(name), digits: digits) else { throw bad(name) }
        return number
    }

    /// A time with or without an offset; without one it is read as UTC. The day is the local one, as written.
    func time(_ name: String) throws -> (soldAt: Instant, day: BusinessDay) {
        let text = try text(name)
        guard let soldAt = Instant(text) ?? Instant(text + "Z"), let day = BusinessDay(String(text.prefix(10))) else {
            throw bad(name)
        }
        return (soldAt, day)
    }

    private func bad(_ name: String) -> LayoutFault { .badValue(column: name, line: line) }
}

/// Decimal text as an integer of its hundredths or thousandths: no floating point touches money.
enum ScaledDecimal {
    static func parse(_ text: String, digits: Int) -> Int64? {
        var bytes = text.utf8[...]
        let isNegative = bytes.first == UInt8(ascii: "-")
        if isNegative { bytes = bytes.dropFirst() }
        let parts = bytes.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first.flatMap({ Int64(String(Substring($0))) }) else { return nil }
        let fraction = parts.count > 1 ? Array(parts[1]) : []
        guard fraction.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        var value = whole
        for place in 0..<digits {
            let digit = place < fraction.count ? Int64(fraction[place] - 0x30) : 0
            value = value &* 10 &+ digit
        }
        if fraction.count > digits, fraction[digits] >= 0x35 { value += 1 }
        return isNegative ? -value : value
    }
}

/// Reads a CSV text (RFC 4180) from a stream of bytes, in constant memory.
///
/// Fields may be quoted, with doubled quotes, separators and newlines in them. A record ends with `\n` or `\r\n`, or
/// where the text ends. A byte order mark at the start and empty lines are passed over. Where the text has a header,
/// every record must have as many fields as it.
///
/// A record that cannot be read goes to `rejected`, and reading goes on after it; throw to stop instead. One that is
/// only too large ends where it would have ended; one whose quotes are wrong ends with its line.
/// What is read and rejected does not depend on how the text is cut into chunks. After an error the reader is spent.
package struct CSVReader {
    package typealias OnRecord = (borrowing CSVRecord) throws -> Void
    package typealias OnRejection = (CSVRejection) throws -> Void

    /// Without a header that can be understood nothing can be.
    package enum Failure: Error, Hashable, Sendable {
        case rejectedHeader(CSVRejection)
        case emptyColumnName(column: Int)
        case duplicateColumnName(String)
        case missingHeader
    }

    private static let quote = UInt8(ascii: "\"")
    private static let newline = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")

    /// The names of the columns, once they have been read.
    package private(set) var header: CSVHeader?
    private let hasHeader: Bool
    private let limits: CSVLimits
    private let separator: UInt8

    private var state = State.fieldStart
    private var mark = ByteOrderMark()
    private var line = 1
    private var record = CSVRecord(line: 1)
    /// Where the current field begins in `record.bytes`.
    private var fieldStart = 0
    /// The bytes of the chunk from here to where the reader stands are not yet in `record.bytes`: a record without
    /// quotes is copied at one stroke.
    private var runStart = 0

    private enum State {
        case fieldStart, unquoted, quoted
        /// After a quote within quotes: it closes the field or is the first of two.
        case quoteInQuotes
        /// After a closing quote and `\r`: only a newline may follow.
        case returnAfterQuote
        /// Within a record that is too large: outside of quotes, or inside.
        case skipping, skippingQuoted
        /// Within a record whose quotes are wrong, up to the next newline.
        case skippingLine
    }

    package init(limits: CSVLimits = CSVLimits(), hasHeader: Bool = true, separator: UInt8 = UInt8(ascii: ",")) {
        self.limits = limits
        self.hasHeader = hasHeader
        self.separator = separator
    }

    /// Gives each record that ends in this chunk to `onRecord`, in order. It may be kept.
    package mutating func feed(_ chunk: [UInt8], record onRecord: OnRecord, rejected: OnRejection) throws {
        var index = mark.skip(in: chunk)
        if index < chunk.count { takeBrokenMark() }
        runStart = index
        while index < chunk.count {
            index = try step(chunk, from: index, onRecord, rejected)
        }
        flush(chunk, upTo: index)
    }

    /// Gives the last record, if it has no newline, and refuses a text without its header.
    package mutating func finish(record onRecord: OnRecord, rejected: OnRejection) throws {
        takeBrokenMark()
        runStart = 0
        switch state {
        case .quoted: try reject(tooLong(position(0)) ?? .unclosedQuote, rejected)
        case .fieldStart where tooLong(position(0)) != nil: try reject(.recordTooLong, rejected)
        case .skipping, .skippingQuoted, .skippingLine: break
        case .fieldStart, .unquoted, .quoteInQuotes, .returnAfterQuote: try endRecord([], at: 0, onRecord, rejected)
        }
        if hasHeader && header == nil { throw Failure.missingHeader }
    }

    /// What is kept from one chunk to the next.
    var heldBytes: Int { record.bytes.count }

    /// Reads up to the next byte that means something and returns where to go on.
    private mutating func step(
        _ chunk: [UInt8], from index: Int, _ onRecord: OnRecord, _ rejected: OnRejection
    ) throws -> Int {
        switch state {
        case .fieldStart where chunk[index] == Self.quote:
            flush(chunk, upTo: index)
            runStart = index + 1
            fieldStart = record.bytes.count
            state = .quoted
            return index + 1
        case .fieldStart, .unquoted: return try stepUnquoted(chunk, from: index, onRecord, rejected)
        case .quoted: return try stepQuoted(chunk, from: index, rejected)
        case .quoteInQuotes, .returnAfterQuote: return try stepAfterQuote(chunk, at: index, onRecord, rejected)
        case .skipping, .skippingQuoted, .skippingLine: return skip(chunk, from: index)
        }
    }

    private mutating func skip(_ chunk: [UInt8], from index: Int) -> Int {
        let quote = state == .skippingLine ? Self.newline : Self.quote
        let end = Self.first(in: chunk, from: index, quote, Self.newline, quote)
        guard end < chunk.count else { return end }
        switch (chunk[end], state) {
        case (Self.newline, .skippingQuoted): line += 1
        case (Self.newline, _): beginRecord(at: end + 1)
        case (_, .skippingQuoted): state = .skipping
        default: state = .skippingQuoted
        }
        return end + 1
    }

    private mutating func stepUnquoted(
        _ chunk: [UInt8], from index: Int, _ onRecord: OnRecord, _ rejected: OnRejection
    ) throws -> Int {
        let end = Self.first(in: chunk, from: index, separator, Self.newline, Self.quote)
        state = .unquoted
        // A carriage return may turn out to be part of the line's ending.
        let hasReturn = (end > runStart ? chunk[end - 1] : record.bytes.last) == Self.carriageReturn
        if let reason = tooLong(position(end) - (hasReturn ? 1 : 0)) {
            try reject(reason, rejected)
            return end
        }
        guard end < chunk.count else { return end }
        switch chunk[end] {
        case separator: try endField(at: position(end), nextStart: position(end + 1), rejected)
        case Self.newline: try endRecord(chunk, at: end, onRecord, rejected)
        default: try reject(.quoteInField, rejected)
        }
        return end + 1
    }

    private mutating func stepQuoted(_ chunk: [UInt8], from index: Int, _ rejected: OnRejection) throws -> Int {
        let end = Self.first(in: chunk, from: index, Self.quote, Self.newline, Self.quote)
        if let reason = tooLong(position(end)) {
            try reject(reason, rejected)
            return end
        }
        guard end < chunk.count else { return end }
        if chunk[end] == Self.newline {
            line += 1
        } else {
            flush(chunk, upTo: end)
            runStart = end + 1
            state = .quoteInQuotes
        }
        return end + 1
    }

    private mutating func stepAfterQuote(
        _ chunk: [UInt8], at index: Int, _ onRecord: OnRecord, _ rejected: OnRejection
    ) throws -> Int {
        let isReturned = state == .returnAfterQuote
        switch chunk[index] {
        case Self.newline: try endRecord(chunk, at: index, onRecord, rejected)
        case Self.quote where !isReturned: state = .quoted
        case separator where !isReturned: try endField(at: position(index), nextStart: position(index + 1), rejected)
        case Self.carriageReturn where !isReturned:
            state = .returnAfterQuote
            runStart = index + 1
        default: try reject(.textAfterQuote, rejected)
        }
        return index + 1
    }

    /// False if the record has been rejected.
    @discardableResult
    private mutating func endField(at end: Int, nextStart: Int, _ rejected: OnRejection) throws -> Bool {
        guard record.fields.count < limits.fieldsMax else {
            try reject(.tooManyFields, rejected)
            return false
        }
        record.fields.append(CSVRecord.Field(start: fieldStart, end: end))
        fieldStart = nextStart
        state = .fieldStart
        return true
    }

    private mutating func endRecord(
        _ chunk: [UInt8], at index: Int, _ onRecord: OnRecord, _ rejected: OnRejection
    ) throws {
        let wasQuoted = state == .quoteInQuotes || state == .returnAfterQuote
        flush(chunk, upTo: index)
        var end = record.bytes.count
        if !wasQuoted && end > fieldStart && record.bytes[end - 1] == Self.carriageReturn { end -= 1 }
        let isEmptyLine = record.fields.isEmpty && end == fieldStart && !wasQuoted
        if try !isEmptyLine && endField(at: end, nextStart: end, rejected) { try deliver(onRecord, rejected) }
        beginRecord(at: index + 1)
    }

    private mutating func deliver(_ onRecord: OnRecord, _ rejected: OnRejection) throws {
        if let header {
            guard record.count == header.names.count else {
                return try reject(.fieldCount(expected: header.names.count, found: record.count), rejected)
            }
            try onRecord(record)
        } else if hasHeader {
            header = try CSVHeader(record)
        } else {
            try onRecord(record)
        }
    }

    private mutating func reject(_ reason: CSVRejection.Reason, _ rejected: OnRejection) throws {
        let rejection = CSVRejection(line: record.line, reason: reason)
        if hasHeader && header == nil { throw Failure.rejectedHeader(rejection) }
        switch reason {
        case .quoteInField, .textAfterQuote: state = .skippingLine
        case .fieldTooLong, .recordTooLong: state = state == .quoted ? .skippingQuoted : .skipping
        case .tooManyFields, .unclosedQuote, .fieldCount: state = .skipping
        }
        try rejected(rejection)
    }

    private mutating func beginRecord(at index: Int) {
        line += 1
        record.restart(at: line)
        fieldStart = 0
        runStart = index
        state = .fieldStart
    }

    private var isSkipping: Bool {
        switch state {
        case .skipping, .skippingQuoted, .skippingLine: true
        case .fieldStart, .unquoted, .quoted, .quoteInQuotes, .returnAfterQuote: false
        }
    }

    /// Where a byte of the chunk stands, or will, in `record.bytes`.
    private func position(_ index: Int) -> Int { record.bytes.count + index - runStart }

    /// The limit that the current field, reaching up to `end`, has met first.
    private func tooLong(_ end: Int) -> CSVRejection.Reason? {
        let fieldEndMax = fieldStart + limits.fieldBytesMax
        guard end > min(fieldEndMax, limits.recordBytesMax) else { return nil }
        return fieldEndMax <= limits.recordBytesMax ? .fieldTooLong : .recordTooLong
    }

    private mutating func flush(_ chunk: [UInt8], upTo index: Int) {
        if runStart < index && !isSkipping { record.bytes.append(contentsOf: chunk[runStart..<index]) }
        runStart = index
    }

    /// The start of what looked like a byte order mark and was none.
    private mutating func takeBrokenMark() {
        let bytes = mark.takeBroken()
        guard !bytes.isEmpty else { return }
        record.bytes += bytes
        state = .unquoted
    }

    private static func first(in chunk: [UInt8], from start: Int, _ a: UInt8, _ b: UInt8, _ c: UInt8) -> Int {
        let bytes = chunk.span
        var index = start
        while index < bytes.count {
            let byte = bytes[index]
            if byte == a || byte == b || byte == c { return index }
            index += 1
        }
        return index
    }
}

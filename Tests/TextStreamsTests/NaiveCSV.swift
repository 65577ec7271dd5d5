import Testing

@testable import TextStreams

/// What a reader told, in order.
enum CSVEvent: Equatable, Sendable {
    case record(Int, [String])
    case rejected(Int, CSVRejection.Reason)

    var fields: [String]? {
        if case .record(_, let fields) = self { fields } else { nil }
    }

    static func read(_ chunks: [[UInt8]], limits: CSVLimits = CSVLimits(), hasHeader: Bool = false) throws -> [CSVEvent] {
        var events: [CSVEvent] = []
        var reader = CSVReader(limits: limits, hasHeader: hasHeader)
        let onRecord: CSVReader.OnRecord = { record in
            events.append(.record(record.line, (0..<record.count).map { record.text($0) }))
        }
        let onRejection: CSVReader.OnRejection = { events.append(.rejected($0.line, $0.reason)) }
        for chunk in chunks { try reader.feed(chunk, record: onRecord, rejected: onRejection) }
        try reader.finish(record: onRecord, rejected: onRejection)
        return events
    }
}

/// The same rules on a whole text, one byte after another and with no care for speed: the limits are looked at for each
/// byte of a field.
struct NaiveCSV {
    let limits: CSVLimits

    func read(_ text: [UInt8]) -> [CSVEvent] {
        let body = text.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(text.dropFirst(3)) : text
        var events: [CSVEvent] = []
        var (index, line) = (0, 1)
        while index < body.count {
            let first = index
            let event = record(body, &index, line: line)
            if let event { events.append(event) }
            line += body[first..<index].count { $0 == 10 }
        }
        return events
    }

    /// Reads one record and its newline; nil for an empty line.
    private func record(_ body: [UInt8], _ index: inout Int, line: Int) -> CSVEvent? {
        var fields: [[UInt8]] = []
        while true {
            var field: [UInt8] = []
            let isQuoted = index < body.count && body[index] == UInt8(ascii: "\"")
            let problem = isQuoted ? quoted(body, &index, &field, fields) : unquoted(body, &index, &field, fields)
            if let problem { return reject(problem, body, &index, line, isQuoted: isQuoted) }
            let isLast = index >= body.count || body[index] == 10
            if isLast && !isQuoted && field.last == 13 { field.removeLast() }
            if isLast && fields.isEmpty && field.isEmpty && !isQuoted {
                index += 1
                index = min(index, body.count)
                return nil
            }
            if fields.count == limits.fieldsMax { return reject(.tooManyFields, body, &index, line, isQuoted: false) }
            fields.append(field)
            index = min(index + 1, body.count)
            if isLast { return .record(line, fields.map { String(decoding: $0, as: UTF8.self) }) }
        }
    }

    private func unquoted(
        _ body: [UInt8], _ index: inout Int, _ field: inout [UInt8], _ before: [[UInt8]]
    ) -> CSVRejection.Reason? {
        if let reason = tooLong(field, before, trims: true) { return reason }
        while index < body.count, body[index] != UInt8(ascii: ","), body[index] != 10 {
            if body[index] == UInt8(ascii: "\"") { return tooLong(field, before, trims: true) ?? .quoteInField }
            field.append(body[index])
            index += 1
            if let reason = tooLong(field, before, trims: true) { return reason }
        }
        return nil
    }

    private func quoted(
        _ body: [UInt8], _ index: inout Int, _ field: inout [UInt8], _ before: [[UInt8]]
    ) -> CSVRejection.Reason? {
        index += 1
        if let reason = tooLong(field, before, trims: false) { return reason }
        while true {
            guard index < body.count else { return .unclosedQuote }
            if body[index] == UInt8(ascii: "\"") {
                guard index + 1 < body.count, body[index + 1] == UInt8(ascii: "\"") else { break }
                index += 1
            }
            field.append(body[index])
            index += 1
            if let reason = tooLong(field, before, trims: false) { return reason }
        }
        index += 1
        if index < body.count, body[index] == 13, index + 1 == body.count || body[index + 1] == 10 { index += 1 }
        guard index < body.count, body[index] != UInt8(ascii: ","), body[index] != 10 else { return nil }
        return .textAfterQuote
    }

    private func tooLong(_ field: [UInt8], _ before: [[UInt8]], trims: Bool) -> CSVRejection.Reason? {
        let count = field.count - (trims && field.last == 13 ? 1 : 0)
        let start = before.reduce(0) { $0 + $1.count + 1 }
        if count > limits.fieldBytesMax && start + limits.fieldBytesMax <= limits.recordBytesMax { return .fieldTooLong }
        if start + count > limits.recordBytesMax {
            return start + limits.fieldBytesMax <= limits.recordBytesMax ? .fieldTooLong : .recordTooLong
        }
        return count > limits.fieldBytesMax ? .fieldTooLong : nil
    }

    /// Goes to the end of the record: where it would have ended if its quotes are right, else the end of the line.
    private func reject(
        _ reason: CSVRejection.Reason, _ body: [UInt8], _ index: inout Int, _ line: Int, isQuoted: Bool
    ) -> CSVEvent {
        let isMalformed = reason == .quoteInField || reason == .textAfterQuote
        var isQuoted = isQuoted && !isMalformed
        while index < body.count, isQuoted || body[index] != 10 {
            if !isMalformed && body[index] == UInt8(ascii: "\"") { isQuoted.toggle() }
            index += 1
        }
        index = min(index + 1, body.count)
        return .rejected(line, reason)
    }
}

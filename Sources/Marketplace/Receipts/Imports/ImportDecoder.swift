import Compression
import Postgres
import Synchronization
import TextStreams

/// Turns the bytes of a file into batches of items, on a thread of its own: decoding takes longer than a cooperative
/// thread may be kept.
final class ImportDecoder<Kind: ImportKind>: Sendable {
    private let state: Mutex<State>

    init(_ kind: Kind, _ format: ImportFormat, isGzip: Bool, limits: ImportLimits, after line: Int64) {
        let gzip = GzipLimits(outputBytesMax: limits.inflatedBytesMax, ratioMax: limits.inflateRatioMax)
        let text: State.Text =
            switch format {
            case .ndjson: .ndjson(LineSplitter(lineBytesMax: limits.lineBytesMax))
            case .csv:
                .csv(
                    CSVReader(
                        limits: CSVLimits(fieldBytesMax: limits.lineBytesMax, recordBytesMax: limits.lineBytesMax),
                        hasHeader: false))
            }
        state = Mutex(
            State(
                kind: kind, gzip: isGzip ? GzipDecoder(limits: gzip) : nil, text: text,
                batches: ImportBatches(limits: limits, after: line)))
    }

    /// The batches that became full with these bytes.
    func feed(_ bytes: [UInt8]) async throws -> [ImportBatch<Kind.Item>] {
        try await onThread { state in
            try state.feed(bytes)
            return state.batches.takeFull()
        }
    }

    /// The last batches.
    func finish() async throws -> [ImportBatch<Kind.Item>] {
        try await onThread { state in
            try state.finish()
            return state.batches.takeRest()
        }
    }

    private func onThread(
        _ body: @escaping @Sendable (inout State) throws -> [ImportBatch<Kind.Item>]
    ) async throws -> [ImportBatch<Kind.Item>] {
        try await withCheckedThrowingContinuation { continuation in
            Thread.start { [self] in
                continuation.resume(with: Result { try state.withLock { try body(&$0) } })
            }
        }
    }
}

extension ImportDecoder {
    fileprivate struct State {
        let kind: Kind
        let gzip: GzipDecoder?
        var text: Text
        var batches: ImportBatches<Kind.Item>
        var header: ImportHeader?
        var rows: (any ImportRows<Kind.Item>)?

        enum Text {
            case ndjson(LineSplitter)
            case csv(CSVReader)
            /// Lent to a function that reads on.
            case lent
        }

        mutating func feed(_ bytes: [UInt8]) throws {
            guard let gzip else { return try read(bytes, isLast: false) }
            gzip.feed(bytes)
            while let piece = try inflate(gzip) { try read(piece, isLast: false) }
        }

        private func inflate(_ gzip: GzipDecoder) throws(ImportFault) -> [UInt8]? {
            do throws(GzipDecoder.Failure) { return try gzip.next() } catch { throw ImportFault(error) }
        }

        mutating func finish() throws {
            do throws(GzipDecoder.Failure) {
                try gzip?.finish()
            } catch {
                throw ImportFault(error)
            }
            try read([], isLast: true)
            rows?.finish(into: &batches)
        }

        private mutating func read(_ bytes: [UInt8], isLast: Bool) throws {
            let lent = text
            text = .lent
            switch lent {
            case .ndjson(var splitter):
                try readLines(&splitter, bytes, isLast)
                text = .ndjson(splitter)
            case .csv(var reader):
                try readRows(&reader, bytes, isLast)
                text = .csv(reader)
            case .lent: preconditionFailure("read again after an error")
            }
        }

        private mutating func readLines(_ splitter: inout LineSplitter, _ bytes: [UInt8], _ isLast: Bool) throws {
            let skipped = batches.skippedLines
            let line = { (state: inout State, position: LinePosition, content: ArraySlice<UInt8>) in
                try state.count(line: Int64(position.number))
                if content.isEmpty || position.number <= skipped { return }
                state.item(line: Int64(position.number), content)
            }
            let tooLong = { (state: inout State, position: LinePosition) in
                state.batches.reject(
                    ImportReject(line: Int64(position.number), code: "line_too_long", detail: "Is too long.", content: ""))
            }
            if isLast {
                try splitter.finish(line: { try line(&self, $0, $1) }, tooLong: { tooLong(&self, $0) })
            } else {
                try splitter.feed(bytes, line: { try line(&self, $0, $1) }, tooLong: { tooLong(&self, $0) })
            }
        }

        private func count(line: Int64) throws(ImportFault) {
            guard line <= batches.linesMax else { throw .tooManyLines(max: batches.linesMax) }
        }

        private mutating func item(line: Int64, _ content: ArraySlice<UInt8>) {
            do {
                let item = try kind.item(line: content)
                batches.add(item, line: line, weight: kind.weight(of: item))
            } catch {
                batches.reject(ImportReject(line: line, .of(error), content: content))
            }
        }

        private mutating func readRows(_ reader: inout CSVReader, _ bytes: [UInt8], _ isLast: Bool) throws {
            if isLast {
                try reader.finish(record: { try row($0) }, rejected: { try unreadable($0) })
                if header == nil { throw ImportFault.badHeader }
            } else {
                try reader.feed(bytes, record: { try row($0) }, rejected: { try unreadable($0) })
            }
        }

        private mutating func row(_ row: borrowing CSVRecord) throws {
            try count(line: Int64(row.line))
            guard let header else {
                let names = (0..<row.count).map { row.text($0) }
                guard Set(names).count == names.count else { throw ImportFault.badHeader }
                let fresh = try ImportHeader(names, known: kind.columns)
                header = fresh
                rows = kind.rows(of: fresh)
                return
            }
            guard row.count == header.columns.count else {
                return try unreadable(
                    CSVRejection(line: row.line, reason: .fieldCount(expected: header.columns.count, found: row.count)))
            }
            rows?.read(row, into: &batches)
        }

        private mutating func unreadable(_ rejection: CSVRejection) throws {
            guard header != nil else { throw ImportFault.badHeader }
            batches.reject(
                ImportReject(line: Int64(rejection.line), code: "bad_csv", detail: rejection.reason.detail, content: ""))
            rows?.unreadable(line: Int64(rejection.line), into: &batches)
        }
    }
}

extension CSVRejection.Reason {
    fileprivate var detail: String {
        switch self {
        case .fieldTooLong, .recordTooLong: "Is too long."
        case .tooManyFields: "Has too many fields."
        case .textAfterQuote: "Has text after a closing quote."
        case .quoteInField: "Has a quote within a field that is not quoted."
        case .unclosedQuote: "Ends within quotes."
        case .fieldCount(let expected, let found): "Has \(found) fields, not \(expected)."
        }
    }
}

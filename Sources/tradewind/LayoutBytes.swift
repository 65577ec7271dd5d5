import Compression
import Receipts
import TextStreams

/// The receipts of a data set's folder as native NDJSON.
struct LayoutBytes: AsyncSequence {
    let layout: any ImportLayout
    let folder: String
    let onRead: @Sendable (Int) -> Void

    func makeAsyncIterator() -> Iterator { Iterator(self) }

    struct Iterator: AsyncIteratorProtocol {
        private var layout: any ImportLayout
        private let source: LayoutBytes
        private let files: [String]
        private var file = 0
        private var open: Open?

        private struct Open {
            var bytes: FileBytes.Iterator
            let gzip: GzipDecoder
            var reader = CSVReader()
        }

        init(_ source: LayoutBytes) {
            self.source = source
            layout = source.layout
            files = type(of: source.layout).files
        }

        mutating func next() async throws -> [UInt8]? {
            while file < files.count {
                var current = open ?? begin()
                open = nil
                var output: [UInt8] = []
                let piece = try await current.bytes.next()
                try read(piece, &current, into: &output)
                if piece == nil { file += 1 } else { open = current }
                if file == files.count { layout.finish(into: &output) }
                if !output.isEmpty { return output }
            }
            return nil
        }

        private func begin() -> Open {
            let bytes = FileBytes(path: "\(source.folder)/\(files[file])", onRead: source.onRead)
            let limits = GzipLimits(outputBytesMax: FileBytes.inflatedBytesMax, ratioMax: FileBytes.inflateRatioMax)
            return Open(bytes: bytes.makeAsyncIterator(), gzip: GzipDecoder(limits: limits))
        }

        private mutating func read(_ piece: [UInt8]?, _ current: inout Open, into output: inout [UInt8]) throws {
            guard let piece else {
                try current.gzip.finish()
                return try rows([], isLast: true, &current.reader, into: &output)
            }
            current.gzip.feed(piece)
            while let text = try current.gzip.next() { try rows(text, isLast: false, &current.reader, into: &output) }
        }

        private mutating func rows(
            _ text: [UInt8], isLast: Bool, _ reader: inout CSVReader, into output: inout [UInt8]
        ) throws {
            var rows: [CSVRecord] = []
            var rejection: CSVRejection?
            if isLast {
                try reader.finish(record: { rows.append(copy $0) }, rejected: { rejection = $0 })
            } else {
                try reader.feed(text, record: { rows.append(copy $0) }, rejected: { rejection = $0 })
            }
            if let rejection { throw LayoutFault.badValue(column: "the row", line: rejection.line) }
            guard let header = reader.header else { return }
            for row in rows { try layout.read(row, of: header, file: file, into: &output) }
        }
    }
}

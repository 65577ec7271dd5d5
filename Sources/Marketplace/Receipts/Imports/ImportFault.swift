import Compression
package import Kernel
import TextStreams

/// Why an import ended before its file did, or was not begun.
package enum ImportFault: Refusal, Hashable {
    case unknownColumn(String)
    case missingColumn(String)
    case badHeader
    case corruptGzip
    case truncatedGzip
    case inflatedTooLarge
    case tooManyRejects(max: Int64)
    case tooManyLines(max: Int64)
    case unknownKind
    case notAnImport
    case tooManyRunning
    /// The import was begun with another kind, format or name.
    case differs
    case failedBefore
    /// Another request goes on with it at this moment.
    case takenOver
    case unsupportedEncoding

    package var problem: Problem {
        switch self {
        case .unknownColumn(let name): header("unknown_column", "There is no column \"\(name)\".")
        case .missingColumn(let name): header("missing_column", "The column \"\(name)\" is missing.")
        case .badHeader: header("bad_header", "The first line does not name the columns.")
        case .corruptGzip: Problem(422, "corrupt_gzip", "The body is not gzip.")
        case .truncatedGzip:
            Problem(422, "truncated_gzip", "The gzip stream ended too early.", detail: "Send the whole file again to go on.")
        case .inflatedTooLarge: Problem(413, "inflated_too_large", "The body inflates to more than is taken.")
        case .tooManyRejects(let max):
            Problem(422, "too_many_rejects", "Too many lines were rejected.", detail: "More than \(max).")
        case .tooManyLines(let max):
            Problem(413, "too_many_lines", "The file has too many lines.", detail: "More than \(max).")
        case .unknownKind: Problem.notFound("kind of import")
        case .notAnImport: Problem.notFound("import")
        case .tooManyRunning:
            Problem(503, "too_many_imports", "Too many imports are at work on this node.", retryAfterSeconds: 10)
        case .differs:
            Problem(409, "import_differs", "The import was begun with another kind, format or name.")
        case .failedBefore: Problem(409, "import_failed", "The import has failed: begin another one.")
        case .takenOver:
            Problem(409, "import_taken_over", "Another request goes on with this import.", retryAfterSeconds: 5)
        case .unsupportedEncoding:
            Problem(415, "unsupported_encoding", "The Content-Encoding must be gzip or identity.")
        }
    }

    /// Whether sending the file again can help.
    var isFinal: Bool {
        switch self {
        case .unknownColumn, .missingColumn, .badHeader, .corruptGzip, .inflatedTooLarge, .tooManyRejects, .tooManyLines: true
        default: false
        }
    }

    private func header(_ code: String, _ detail: String) -> Problem {
        Problem(422, code, "The header of the CSV cannot be used.", detail: detail)
    }

    init(_ failure: GzipDecoder.Failure) {
        switch failure {
        case .corrupt: self = .corruptGzip
        case .truncated: self = .truncatedGzip
        case .outputTooLarge, .ratioTooHigh: self = .inflatedTooLarge
        }
    }
}

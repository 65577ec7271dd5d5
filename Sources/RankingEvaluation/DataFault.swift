package import Compression
import TextStreams

/// Why a folder cannot be evaluated: which file, and where in it.
package enum DataFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// None of the sets that are known lies in the folder.
    case noSet(folder: String, looked: [String])
    case unreadable(file: String, why: String)
    case badGzip(file: String, GzipDecoder.Failure)
    case missingColumn(file: String, column: String, found: [String])
    case badHeader(file: String)
    case badRow(file: String, line: Int)
    case badValue(file: String, line: Int, column: String, value: String)
    /// The rows can be read, and there is nothing in them to learn from or to measure.
    case tooLittle(file: String, what: String)

    package var description: String {
        switch self {
        case .noSet(let folder, let looked):
            "\(folder) holds none of the sets that can be evaluated: there is no " + looked.joined(separator: " and no ")
        case .unreadable(let file, let why): "\(file): \(why)"
        case .badGzip(let file, .truncated): "\(file) ends too early: it is no whole gzip file"
        case .badGzip(let file, _): "\(file) is no gzip file"
        case .missingColumn(let file, let column, let found):
            "\(file) has no column \(column); it has \(found.joined(separator: ", "))"
        case .badHeader(let file): "\(file): the first line does not name its columns"
        case .badRow(let file, let line): "\(file), line \(line): the row cannot be read"
        case .badValue(let file, let line, let column, let value): "\(file), line \(line): \(column) cannot be \"\(value)\""
        case .tooLittle(let file, let what): "\(file) has \(what)"
        }
    }
}

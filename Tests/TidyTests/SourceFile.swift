import Foundation
import Testing

/// A file of ours and its lines.
struct SourceFile: CustomTestStringConvertible, Sendable {
    /// From the root of the repository.
    let path: String
    let lines: [String]

    var testDescription: String { path }

    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Every file under a folder whose name ends so.
    static func all(under folder: String, ending suffix: String) -> [SourceFile] {
        let base = root.appending(path: folder)
        let names = FileManager.default.enumerator(atPath: base.path)?.compactMap { $0 as? String } ?? []
        return names.filter { $0.hasSuffix(suffix) }.sorted().compactMap { name in
            guard let text = try? String(contentsOf: base.appending(path: name), encoding: .utf8) else { return nil }
            return SourceFile(path: "\(folder)/\(name)", lines: text.components(separatedBy: "\n"))
        }
    }

    static let sources = all(under: "Sources", ending: ".swift")
    /// What apps take of this package stands on Foundation, is public, and reads their clock.
    static let ofServer = sources.filter { !$0.path.hasPrefix("Sources/Client/") }
    static let tests = all(under: "Tests", ending: ".swift")
}

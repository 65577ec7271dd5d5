import Testing

/// What a machine can check of `docs/style.md`.
@Suite struct WordTests {
    private static let drawers = ["Utils", "Utilities", "Helpers", "Helper", "Common", "Core", "Manager", "Impl", "Default"]

    @Test(arguments: SourceFile.sources)
    func `nothing is left for later`(file: SourceFile) {
        expectNone(in: file, ["TO" + "DO", "FIX" + "ME", "XX" + "X", "fatal" + "Error("])
    }

    @Test(arguments: SourceFile.sources)
    func `no forced unwrapping of errors or casts outside tests`(file: SourceFile) {
        expectNone(in: file, ["try" + "! ", " as" + "! "])
    }

    @Test(arguments: SourceFile.ofServer)
    func `Foundation, its zones and its formats stay outside`(file: SourceFile) {
        expectNone(
            in: file, ["import Foundation\n", "TimeZone(", "Calendar(", "Calendar.", "String(format", "Date()", "Date.now"])
        #expect(!file.lines.contains { $0.hasSuffix("import Foundation") })
    }

    @Test(arguments: SourceFile.ofServer.filter { !$0.path.contains("Sources/App/") && !$0.path.contains("Sources/tradewind/") })
    func `time and randomness are passed in`(file: SourceFile) {
        expectNone(in: file, ["UUID()", "SystemRandomNumberGenerator", "clock_gettime"])
    }

    @Test(arguments: SourceFile.sources.filter { $0.path.contains("/Marketplace/") })
    func `a capability has no unsafe code`(file: SourceFile) {
        expectNone(in: file, ["unsafe ", "@unchecked", "nonisolated(unsafe)"])
    }

    @Test(arguments: SourceFile.sources)
    func `no file is a drawer`(file: SourceFile) {
        let name = file.path.split(separator: "/").last?.dropLast(6) ?? ""
        #expect(!Self.drawers.contains { name.hasSuffix($0) || name.hasPrefix($0) })
    }

    @Test(arguments: SourceFile.sources.filter { $0.path.contains("/Marketplace/") })
    func `SQL lists its columns`(file: SourceFile) {
        expectNone(in: file, ["SELECT *", "RETURNING *", ".* FROM"])
    }

    @Test(arguments: SourceFile.ofServer)
    func `nothing is public: targets are one package`(file: SourceFile) {
        expectNone(in: file, ["public func", "public struct", "public enum", "public let", "public var", "public init"])
    }

    private func expectNone(in file: SourceFile, _ words: [String]) {
        for (number, line) in file.lines.enumerated() where !line.trimmingPrefix(while: \.isWhitespace).hasPrefix("//") {
            for word in words where line.contains(word) {
                Issue.record("\(file.path):\(number + 1) has \(word)")
            }
        }
    }
}

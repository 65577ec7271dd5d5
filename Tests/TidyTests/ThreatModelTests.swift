import Foundation
import Testing

/// `docs/threat-model.md`: each threat has a test, and the test is there.
@Suite struct ThreatModelTests {
    private struct Row {
        let line: Int
        let threat: String
        let tests: [(file: String, name: String)]
    }

    @Test func `every threat names a test, and every named test stands where it says`() throws {
        let rows = try rows()
        for row in rows {
            #expect(!row.tests.isEmpty, "docs/threat-model.md:\(row.line) \(row.threat) names no test")
            for (file, name) in row.tests {
                let source = SourceFile.root.appending(path: "Tests/\(file)")
                let text = try? String(contentsOf: source, encoding: .utf8)
                #expect(
                    text?.contains("func `\(name)`") == true, "docs/threat-model.md:\(row.line) \(file) has no \"\(name)\"")
            }
        }
        #expect(rows.count >= 60)
    }

    @Test func `every suite that attacks the fences is named`() throws {
        let named = Set(try rows().flatMap(\.tests).map(\.file))
        let attacks = SourceFile.tests.map(\.path).filter { $0.contains("/Tenancy/") && $0.hasSuffix("Tests.swift") }
        #expect(attacks.map { String($0.dropFirst("Tests/".count)) }.filter { !named.contains($0) } == [])
    }

    /// Rows of tables, their heads and rules aside.
    private func rows() throws -> [Row] {
        let text = try String(contentsOf: SourceFile.root.appending(path: "docs/threat-model.md"), encoding: .utf8)
        return text.components(separatedBy: "\n").enumerated().compactMap { number, line in
            guard line.hasPrefix("| "), !line.hasPrefix("| threat |"), !line.hasPrefix("|---") else { return nil }
            let tests = line.matches(of: #/`([A-Za-z/]+\.swift)` "([^"]+)"/#).map {
                (file: String($0.output.1), name: String($0.output.2))
            }
            return Row(line: number + 1, threat: String(line.dropFirst(2).prefix(40)), tests: tests)
        }
    }
}

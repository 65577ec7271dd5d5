import Foundation
import Testing

/// `docs/threat-model.md` and `docs/limits.md`: each threat and each limit has a test, and the test is there.
@Suite struct ThreatModelTests {
    private struct Row {
        let place: String
        let tests: [(file: String, name: String)]
    }

    @Test(arguments: [("threat-model.md", 60), ("limits.md", 30)])
    func `every threat and every limit names a test, and every named test stands where it says`(
        page: String, countMin: Int
    ) throws {
        let rows = try rows(of: page)
        for row in rows {
            #expect(!row.tests.isEmpty, "\(row.place) names no test")
            for (file, name) in row.tests {
                let source = SourceFile.root.appending(path: "Tests/\(file)")
                let text = try? String(contentsOf: source, encoding: .utf8)
                #expect(text?.contains("func `\(name)`") == true, "\(row.place): \(file) has no \"\(name)\"")
            }
        }
        #expect(rows.count >= countMin)
    }

    @Test func `every suite that attacks the fences is named`() throws {
        let named = Set(try rows(of: "threat-model.md").flatMap(\.tests).map(\.file))
        let attacks = SourceFile.tests.map(\.path).filter { $0.contains("/Tenancy/") && $0.hasSuffix("Tests.swift") }
        #expect(attacks.map { String($0.dropFirst("Tests/".count)) }.filter { !named.contains($0) } == [])
    }

    /// Rows of tables, their heads and rules aside.
    private func rows(of page: String) throws -> [Row] {
        let text = try String(contentsOf: SourceFile.root.appending(path: "docs/\(page)"), encoding: .utf8)
        return text.components(separatedBy: "\n").enumerated().compactMap { number, line in
            guard line.hasPrefix("| "), !line.hasPrefix("| threat |"), !line.hasPrefix("| limit |") else { return nil }
            let tests = line.matches(of: #/`([A-Za-z/]+\.swift)` "([^"]+)"/#).map {
                (file: String($0.output.1), name: String($0.output.2))
            }
            return Row(place: "docs/\(page):\(number + 1) \(line.dropFirst(2).prefix(40))", tests: tests)
        }
    }
}

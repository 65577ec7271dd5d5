import Foundation
import Testing

/// What is taken from others is taken in one version, which the repository names.
@Suite struct DependencyTests {
    @Test func `every package is taken in one exact version, and the lock names its revision`() throws {
        let manifest = try text("Package.swift").components(separatedBy: "\n").filter { $0.contains(".package(url:") }
        let lock = try text("Package.resolved")

        #expect(manifest.count >= 10)
        for line in manifest {
            #expect(line.contains("exact: \""), "\(line)")
            let url = try #require(line.firstMatch(of: #/url: "([^"]+)"/#)).output.1
            #expect(lock.lowercased().contains(url.lowercased()), "\(url) is not locked")
            #expect(url.hasPrefix("https://github.com/"), "\(url)")
        }
        let pins = lock.matches(of: #/"location"/#).count
        #expect(lock.matches(of: #/"revision" : "[0-9a-f]{40}"/#).count == pins)
    }

    @Test func `every package of the tests' Python is taken in one exact version`() throws {
        var seen = 0
        for folder in ["bin", "bin/lib"] {
            let names = try FileManager.default.contentsOfDirectory(atPath: SourceFile.root.appending(path: folder).path)
            for script in names.sorted() {
                guard let text = try? text("\(folder)/\(script)") else { continue }
                for line in text.replacing("\\\n", with: " ").components(separatedBy: "\n") {
                    let words = line.split(separator: " ")
                    guard words.first == "python_venv" else { continue }
                    seen += words.count - 2
                    #expect(words.dropFirst(2).allSatisfy { $0.contains("==") }, "\(script): \(line)")
                }
            }
        }
        #expect(seen > 0)
    }

    private func text(_ path: String) throws -> String {
        try String(contentsOf: SourceFile.root.appending(path: path), encoding: .utf8)
    }
}

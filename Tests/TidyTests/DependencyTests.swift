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
        let scripts = try FileManager.default.contentsOfDirectory(atPath: SourceFile.root.appending(path: "bin").path)
        var seen = 0
        for script in scripts.sorted() {
            guard let lines = try? text("bin/\(script)").components(separatedBy: "\n") else { continue }
            for line in lines where line.hasPrefix("python_venv ") {
                let packages = line.split(separator: " ").dropFirst(2).filter { $0 != "\\" }
                seen += packages.count
                #expect(packages.allSatisfy { $0.contains("==") }, "\(script): \(line)")
            }
        }
        #expect(seen > 0)
    }

    private func text(_ path: String) throws -> String {
        try String(contentsOf: SourceFile.root.appending(path: path), encoding: .utf8)
    }
}

import Foundation
import Testing

/// Each type of event has a schema, an example and its place among the contract's webhooks.
@Suite struct EventContractTests {
    @Test func `schemas, examples and webhooks name the same types of event`() throws {
        let schemas = try names(in: "events")

        #expect(try names(in: "examples") == schemas)
        #expect(Set(try Contract.load().webhooks) == schemas)
        #expect(schemas.count > 40)
    }

    @Test func `every type that the program appends has a schema`() throws {
        let schemas = try names(in: "events")
        let sources = Contract.folder.deletingLastPathComponent().appending(path: "Sources/Marketplace")
        let files = FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil)
        for case let file as URL in files ?? .init() where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            for found in text.matches(of: #/Event\(\s*"([a-z_]+\.[a-z_]+)"/#) {
                #expect(schemas.contains(String(found.1)), "\(file.lastPathComponent)")
            }
        }
    }

    private func names(in folder: String) throws -> Set<String> {
        let files = try FileManager.default.contentsOfDirectory(atPath: Contract.folder.appending(path: folder).path)
        return Set(files.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(".json".count)) })
    }
}

import App
import Foundation
import SystemPackage
import Testing

/// The table of settings is the only place that reads the environment, and the page that operators read says the same.
@Suite struct SettingsTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test func `docs/configuration.md is what the program prints`() throws {
        let page = try String(contentsOf: Self.root.appending(path: "docs/configuration.md"), encoding: .utf8)
        #expect(page == SettingsPage.markdown, "tradewind settings --markdown > docs/configuration.md")
    }

    @Test func `docs/limits.md has a row for every limit that can be set, with its default`() throws {
        let page = try String(contentsOf: Self.root.appending(path: "docs/limits.md"), encoding: .utf8)
        let limits = try #require(Setting.groups.first { $0.title == "Limits of a node" }).settings
        for limit in limits { #expect(page.contains("| `\(limit.name)` | \(limit.fallback) |"), "\(limit.name)") }
        #expect(page.matches(of: /\| `TRADEWIND_/).count == limits.count)
    }

    @Test func `every variable that the sources name is in the table`() throws {
        let names = Set(Setting.all.map(\.name))
        #expect(names.count == Setting.all.count)
        let sources = Self.root.appending(path: "Sources")
        let files = FileManager.default.enumerator(atPath: sources.path)?.compactMap { $0 as? String } ?? []
        var seen: Set<String> = []
        for file in files where file.hasSuffix(".swift") {
            let text = try String(contentsOf: sources.appending(path: file), encoding: .utf8)
            let found = text.matches(of: /(TRADEWIND_[A-Z0-9_]+|DATABASE_URL)/).map { String($0.output.1) }
                .filter { !Setting.ofScripts.contains($0) }
            #expect(names.isSuperset(of: found), "\(file) names \(Set(found).subtracting(names))")
            #expect(!text.contains("getenv("), "\(file) reads the environment past the table")
            seen.formUnion(found)
        }
        #expect(seen == names)
    }

    @Test func `every default is what a program without an environment has`() throws {
        let configuration = try Self.read([:])
        #expect(configuration.port == 8080)
        #expect(configuration.connectionsMax == 12)
        #expect(configuration.stateFolder == "/nowhere/var")
        #expect(configuration.migrationsFolder == FilePath(Self.root.appending(path: "Migrations").path))
        #expect(try #require(Setting.all.first { $0.name == "TRADEWIND_PORT" }).fallback == "8080")
    }

    @Test func `an empty variable counts as none`() throws {
        let empty = Dictionary(uniqueKeysWithValues: Setting.all.map { ($0.name, "") })
        let configuration = try Self.read(empty)
        #expect(configuration.databaseURL == nil)
        #expect(configuration.host == "127.0.0.1")
    }

    @Test(arguments: [
        ("TRADEWIND_PORT", "65536", "TRADEWIND_PORT is \"65536\"; it must be 0 to 65535"),
        ("TRADEWIND_CONNECTIONS", "many", "TRADEWIND_CONNECTIONS is \"many\"; it must be 2 to 500"),
        ("TRADEWIND_STOP_SECONDS_MAX", "0", "TRADEWIND_STOP_SECONDS_MAX is \"0\"; it must be 1 to 600 seconds"),
        ("TRADEWIND_ENVIRONMENT", "prod", "TRADEWIND_ENVIRONMENT is \"prod\"; it must be one of live, test"),
        ("TRADEWIND_WEBHOOKS_ALLOW_LOOPBACK", "yes", "TRADEWIND_WEBHOOKS_ALLOW_LOOPBACK is \"yes\"; it must be true or false"),
        ("TRADEWIND_SECRET_KEY", "hunter2", "TRADEWIND_SECRET_KEY is \"...\"; it must be 32 bytes in base64"),
        ("TRADEWIND_NOISE_KEY", "hunter2", "TRADEWIND_NOISE_KEY is \"...\"; it must be 32 bytes as base64url"),
    ])
    func `a bad value is refused with its name, and a secret one is not repeated`(
        name: String, value: String, message: String
    ) throws {
        let fault = try #require(throws: Configuration.Fault.self) { try Self.read([name: value]) }
        #expect("\(fault)" == message)
    }

    @Test func `the printed table shows what is set and no secret`() {
        let text = SettingsPage.text([
            "TRADEWIND_PORT": "9000", "DATABASE_URL": "postgres://u:hunter2@db/x", "TRADEWIND_CONNECTIONS": "0",
        ])
        #expect(text.contains("set to 9000") && text.contains("set to a secret"))
        #expect(text.contains("REFUSED: TRADEWIND_CONNECTIONS is \"0\"; it must be 2 to 500"))
        #expect(!text.contains("hunter2"))
    }

    private static func read(_ variables: [String: String]) throws -> Configuration {
        try Configuration(
            environment: variables, workingFolder: "/nowhere",
            program: FilePath(root.appending(path: ".build/debug/tradewind").path))
    }
}

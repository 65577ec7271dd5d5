import App
import ArgumentParser
import Kernel
import Sealing

/// The secrets in the database and the master key that seals them.
struct SecretsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "secrets", abstract: "How secrets in the database are sealed; seal them with another master key.",
        discussion: """
            The master key is TRADEWIND_SECRET_KEY, or secret.key in the state folder. To change it, give every node the new \
            one, and the old one as TRADEWIND_SECRET_KEY_PREVIOUS; then `rotate`; then take the old one away.
            """,
        subcommands: [Status.self, Rotate.self])

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print how many secrets are sealed with which master key. Exits with 1 where one does not open.")

        @OptionGroup var common: InstanceOptions

        func run() async throws {
            try await SecretsCommand.on(common) { kept, box in
                let censuses = try await kept.censuses()
                print(SecretsTable.text(censuses, box))
                guard censuses.allSatisfy({ $0.standing(before: box).unknown.isEmpty }) else { throw ExitCode(1) }
            }
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Seal with the master key what the previous one sealed, and what stands in the clear.",
            discussion: """
                Runs beside nodes that have both keys, a batch at a time; may be broken off and run again. Exits with 1 where \
                something is sealed with a third key, or does not open although its key is there.
                """)

        @OptionGroup var common: InstanceOptions

        func run() async throws {
            try await SecretsCommand.on(common) { kept, box in
                let done = try await kept.rotate(to: box) { print("\($0) secrets sealed anew") }
                if done.isLast { print("nothing was to be sealed anew") }
                print(SecretsTable.text(try await kept.censuses(), box))
                _ = try await kept.check(box)
                guard done.damaged.isEmpty else {
                    print("\(done.damaged.count) are damaged and stay as they are (docs/secrets.md):")
                    for name in done.damaged { print("  \(name)") }
                    throw ExitCode(1)
                }
            }
        }
    }

    private static func on(
        _ common: InstanceOptions, _ work: (KeptSecrets, SecretBox) async throws -> Void
    ) async throws {
        let configuration = try common.configuration()
        guard let keys = try MasterKeys(existing: configuration) else {
            throw ValidationError("there is no master key: set TRADEWIND_SECRET_KEY, or name the state folder with secret.key")
        }
        try await DatabaseHome.with(configuration) { home in try await work(KeptSecrets(home.database, .real), keys.box) }
    }
}

/// For a terminal: a line for each kind of secret.
private enum SecretsTable {
    static func text(_ censuses: [SealCensus], _ box: SecretBox) -> String {
        let head = row("", ["master key", "previous", "other", "in the clear"])
        let rows = censuses.map { census in
            let standing = census.standing(before: box)
            let counts = [standing.current, standing.previous, standing.unknown.values.reduce(0, +), standing.plain]
            return row(census.kind, counts.map { "\($0)" })
        }
        let keys = "master key \(box.keyID), previous \(box.previousKeyID ?? "none")"
        return ([head] + rows + [keys]).joined(separator: "\n")
    }

    private static func row(_ name: String, _ cells: [String]) -> String {
        name + String(repeating: " ", count: max(1, 18 - name.count))
            + cells.map { String(repeating: " ", count: max(1, 14 - $0.count)) + $0 }.joined()
    }
}

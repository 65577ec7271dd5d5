import App
import ArgumentParser
import Postgres

/// Brings the schema of an outside PostgreSQL, or of a running private one, up to date.
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Apply the schema's missing steps.",
        discussion: """
            Nodes may serve meanwhile: a step waits for a table no longer than 2 s and then tries again. A step that older \
            programs cannot work with waits until none is connected (docs/operating/upgrades.md).

            Needs, once, a login that may create roles and owns the database. Give the service's login membership in \
            tradewind_owner, tradewind_app, tradewind_auth, tradewind_worker and tradewind_platform.
            """)

    @OptionGroup var common: InstanceOptions

    func run() async throws {
        let configuration = try common.configuration()
        try await DatabaseHome.with(configuration) { home in
            try await home.migrate(configuration) { StandardOutput.print("\($0)") }
        }
        StandardOutput.print("the schema is up to date")
    }
}

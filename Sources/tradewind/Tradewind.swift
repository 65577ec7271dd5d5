import ArgumentParser

/// The supplier-funded promotion marketplace, as one program.
@main
struct Tradewind: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tradewind",
        abstract: "A supplier-funded promotion marketplace for retail chains, on PostgreSQL.",
        discussion: """
            Without DATABASE_URL the program runs a private PostgreSQL cluster under ./var: `serve` starts and stops it, \
            other commands attach to it.

            Settings are environment variables: `tradewind settings` prints them all.
            """,
        subcommands: [
            ServeCommand.self, DemoCommand.self, MigrateCommand.self, KeysCommand.self, SecretsCommand.self, SettingsCommand.self,
            BackupCommand.self,
            RestoreCommand.self, VerifyCommand.self, DoctorCommand.self,
            ImportCommand.self, AudiencesCommand.self, DeliveriesCommand.self, WebhooksCommand.self, EvaluateCommand.self,
            BenchCommand.self,
        ])
}

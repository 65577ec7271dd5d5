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

            Environment: DATABASE_URL, TRADEWIND_HOST, TRADEWIND_PORT, TRADEWIND_STATE, TRADEWIND_MIGRATIONS, \
            TRADEWIND_CONNECTIONS, TRADEWIND_REQUESTS_MAX, TRADEWIND_ENVIRONMENT (live|test), TRADEWIND_LOG_LEVEL, \
            TRADEWIND_LOG_FORMAT (text|json), TRADEWIND_SECRET_KEY (32 bytes in base64), TRADEWIND_WEBHOOKS_ALLOW_LOOPBACK.
            """,
        subcommands: [
            ServeCommand.self, DemoCommand.self, MigrateCommand.self, KeysCommand.self, VerifyCommand.self, ImportCommand.self,
            BenchCommand.self,
        ])
}

import Audiences
import HTTPSupport
import Parties
import Profiles
import Sealing
import Webhooks

/// A chapter of the table of settings.
package struct SettingGroup: Sendable {
    package let title: String
    package let settings: [Setting]
}

extension Setting {
    /// Every setting there is, in the order of the page. `tradewind settings` prints it.
    package static let groups = [
        SettingGroup(title: "The service", settings: service),
        SettingGroup(title: "PostgreSQL", settings: postgres),
        SettingGroup(title: "Limits of a node", settings: limits),
        SettingGroup(title: "Secrets", settings: secrets),
        SettingGroup(title: "Webhooks", settings: webhooks),
        SettingGroup(title: "Logs", settings: logs),
    ]

    /// Read by the scripts in bin/, not by the program.
    package static let ofScripts: Set<String> = ["TRADEWIND_PROGRAM", "TRADEWIND_DEMO_OPTIONS"]

    package static let all = groups.flatMap(\.settings)

    private static let service: [Setting] = [
        .text("TRADEWIND_HOST", \.host, values: "an address or name", "The address to listen on. `serve --host` wins."),
        .integer("TRADEWIND_PORT", \.port, in: 0...65_535, "The port to listen on; 0 takes a free one. `serve --port` wins."),
        .word("TRADEWIND_ENVIRONMENT", \.environment, "Keys of one environment do not open the other."),
        Setting(
            "TRADEWIND_CORS_ORIGINS", values: "1 to \(CrossOrigin.originsMax) origins with commas between", fallback: "none",
            "Pages of which other origins may call from a browser, like `https://console.example.com`."
        ) { configuration, text in
            guard let origins = CrossOrigin(list: text) else { return false }
            configuration.crossOrigin = origins
            return true
        },
        .folder(
            "TRADEWIND_STATE", \.stateFolder, fallback: "./var",
            "Where the private cluster and the secret key are. `--state` wins."),
        .folder(
            "TRADEWIND_MIGRATIONS", \.migrationsFolder, fallback: "Migrations in the working folder or beside the program",
            "The folder with the steps of the schema."),
        .folder(
            "TRADEWIND_CONTRACTS", \.contractsFolder,
            fallback: "Contracts beside the migrations, in the working folder or beside the program",
            "The folder with the contract and the pages of the API reference."),
        .integer(
            "TRADEWIND_STOP_SECONDS_MAX", \.stopSecondsMax, in: 1...600, unit: "seconds",
            "How long a stop waits for requests in flight."),
        .integer(
            "TRADEWIND_DRAIN_SECONDS", \.drainSeconds, in: 0...300, unit: "seconds",
            "How long a stop goes on serving while not ready, so that clients go to another node. Only with `DATABASE_URL`."),
        .integer(
            "TRADEWIND_AUDIENCE_INDEX_MIB_MAX", \.audienceIndexMiBMax, in: 0...1_048_576, unit: "MiB",
            "Memory for audience indexes, of all retailers together; what does not fit is asked of PostgreSQL, and 0 keeps none."),
        .integer(
            "TRADEWIND_OFFERS_MIB_MAX", \.offersMiBMax, in: 0...1_048_576, unit: "MiB",
            "Memory for the offers of shoppers, of all retailers together; what does not fit is asked of PostgreSQL, and 0 keeps none."
        ),
        .integer(
            "TRADEWIND_SUPPLIER_SAMPLE", \.supplierSample, in: 1...ShopperSample.oneInMax,
            "Suppliers' numbers are computed from a secret sample of one shopper in so many; 1 takes everybody and protects "
                + "nobody. The same on all nodes."),
    ]

    private static let postgres: [Setting] = [
        .secret(
            "DATABASE_URL", values: "a URL or libpq string", fallback: "a private cluster in the state folder",
            "An outside PostgreSQL 15 or newer. `--database-url` wins."
        ) { configuration, text in
            configuration.databaseURL = text
            return true
        },
        .optionalFolder(
            "TRADEWIND_BACKUP_FOLDER", \.backupFolder, fallback: "none: no archive and no restore to a moment",
            "Where the private cluster archives its WAL and base backups go. One folder belongs to one cluster."),
        .integer(
            "TRADEWIND_ARCHIVE_SECONDS_MAX", \.archiveSecondsMax, in: 1...3_600, unit: "seconds",
            "What is committed is in the archive after so long at the latest."),
        .integer("TRADEWIND_CONNECTIONS", \.connectionsMax, in: 2...500, "Connections of this node to PostgreSQL."),
    ]

    private static let secrets: [Setting] = [
        .secret(
            "TRADEWIND_SECRET_KEY", values: "32 bytes in base64", fallback: "the file secret.key in the state folder, made once",
            "The master key: seals secrets in the database and signs quotes. The same on all nodes; must be set with "
                + "`DATABASE_URL` and `live`."
        ) { configuration, text in
            configuration.secretKey = masterKey(text)
            return configuration.secretKey != nil
        },
        .secret(
            "TRADEWIND_SECRET_KEY_PREVIOUS", values: "32 bytes in base64",
            fallback: "the file secret.key.previous in the state folder, or secret.key where `TRADEWIND_SECRET_KEY` is set",
            "Opens what was sealed before the master key was changed, until `tradewind secrets rotate` has sealed it anew."
        ) { configuration, text in
            configuration.previousSecretKey = masterKey(text)
            return configuration.previousSecretKey != nil
        },
        .secret(
            "TRADEWIND_NOISE_KEY", values: "32 bytes as base64url", fallback: "made once and kept in the database",
            "Behind the noise in suppliers' counts. A change draws all noise anew."
        ) { configuration, text in
            guard let bytes = Base64URL.decode(text), bytes.count == CountNoise.keyBytes else { return false }
            configuration.noiseKey = bytes
            return true
        },
    ]

    private static func masterKey(_ text: String) -> [UInt8]? {
        Base64.decode(text).flatMap { $0.count == SecretBox.keyBytes ? $0 : nil }
    }

    private static let webhooks: [Setting] = [
        .flag(
            "TRADEWIND_WEBHOOKS_ALLOW_LOOPBACK", \.webhooksAllowLoopback,
            "Lets endpoints be on this machine and without TLS: for development only.")
    ]

    private static let logs: [Setting] = [
        .word("TRADEWIND_LOG_LEVEL", \.logLevel, "The least level that is written."),
        .word("TRADEWIND_LOG_FORMAT", \.logFormat, "`json` writes one object a line."),
    ]
}

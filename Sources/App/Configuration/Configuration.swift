import Audiences
package import HTTPSupport
package import Logging
package import Parties
package import Receipts
package import SystemPackage
package import Telemetry

/// What an operator may set, by environment (the table `Setting.all`) and by flags, which win.
package struct Configuration: Sendable {
    package var host = "127.0.0.1"
    package var port = 8080
    /// An outside PostgreSQL; nil means a private cluster under `stateFolder`.
    package var databaseURL: String?
    package var stateFolder = FilePath("var")
    /// Where the private cluster archives its WAL and base backups go; nil means no archive.
    package var backupFolder: FilePath?
    /// What is committed is in the archive after so long at the latest.
    package var archiveSecondsMax = 60
    package var migrationsFolder = FilePath("Migrations")
    /// The contract and the pages that are served of it.
    package var contractsFolder = FilePath("Contracts")
    package var connectionsMax = 12
    package var environment = KeyToken.Environment.test
    package var logLevel = Logger.Level.info
    package var logFormat = LineLogHandler.Format.text
    /// How long a stop waits for requests in flight.
    package var stopSecondsMax: Int64 = 20
    /// How long a stop goes on serving first, so that clients go to another node: with an outside PostgreSQL only, since a
    /// private one has no other.
    package var drainSeconds: Int64 = 5
    package var limits = Limits()
    package var importLimits = ImportLimits()
    /// Memory for audience indexes, in MiB; 0 keeps none.
    package var audienceIndexMiBMax = 1_024
    package var offersMiBMax = 1_024
    /// The secret behind the noise in suppliers' counts; without one the database makes and keeps it.
    package var noiseKey: [UInt8]?
    /// Suppliers' numbers are computed from one shopper in so many.
    package var supplierSample = SupplierSampling.oneInDefault
    /// The master key, 32 bytes, under which secrets are kept; nil means a file in `stateFolder`.
    package var secretKey: [UInt8]?
    /// What the master key was before; it still opens.
    package var previousSecretKey: [UInt8]?
    /// Pages of which other origins may call from a browser.
    package var crossOrigin = CrossOrigin.off
    /// Lets endpoints be on this machine, and without TLS: for development.
    package var webhooksAllowLoopback = false

    package enum Fault: Error, CustomStringConvertible {
        case bad(name: String, value: String, expected: String)
        case noMigrations

        package var description: String {
            switch self {
            case .bad(let name, let value, let expected): "\(name) is \"\(value)\"; it must be \(expected)"
            case .noMigrations: "the folder Migrations was not found beside the program; set TRADEWIND_MIGRATIONS"
            }
        }
    }

    /// What holds where nothing is set.
    package init() {}

    /// Reads the environment; `workingFolder` and `program` help to find the migrations.
    package init(environment variables: [String: String], workingFolder: FilePath, program: FilePath) throws {
        stateFolder = workingFolder.appending("var")
        let given = variables.filter { !$0.value.isEmpty }
        let folders = Self.above(program, after: workingFolder)
        if given["TRADEWIND_MIGRATIONS"] == nil {
            guard let found = Self.find("Migrations", in: folders) else { throw Fault.noMigrations }
            migrationsFolder = found
        }
        for setting in Setting.all {
            if let text = given[setting.name] { try setting.apply(text, to: &self) }
        }
        stateFolder = workingFolder.pushing(stateFolder)
        migrationsFolder = workingFolder.pushing(migrationsFolder)
        backupFolder = backupFolder.map(workingFolder.pushing)
        if given["TRADEWIND_CONTRACTS"] == nil {
            let places = [migrationsFolder.removingLastComponent()] + folders
            contractsFolder = Self.find("Contracts", in: places) ?? contractsFolder
        }
        contractsFolder = workingFolder.pushing(contractsFolder)
    }

    /// The working folder, and those in which the program lies, from the inside out.
    private static func above(_ program: FilePath, after workingFolder: FilePath) -> [FilePath] {
        var folders = [workingFolder]
        var folder = program.removingLastComponent()
        while !folder.isEmpty, folder != "/" {
            folders.append(folder)
            folder = folder.removingLastComponent()
        }
        return folders
    }

    private static func find(_ name: String, in folders: [FilePath]) -> FilePath? {
        folders.map { $0.appending(name) }.first(where: FileStatus.isFolder)
    }
}

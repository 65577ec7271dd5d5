package import Audiences
package import HTTPSupport
package import Logging
package import Parties
package import SystemPackage
package import Telemetry
import Webhooks

/// What an operator may set, by environment (`TRADEWIND_*`, `DATABASE_URL`) and by flags, which win.
package struct Configuration: Sendable {
    package var host = "127.0.0.1"
    package var port = 8080
    /// An outside PostgreSQL; nil means a private cluster under `stateFolder`.
    package var databaseURL: String?
    package var stateFolder = FilePath("var")
    package var migrationsFolder: FilePath
    package var connectionsMax = 12
    package var environment = KeyToken.Environment.test
    package var logLevel = Logger.Level.info
    package var logFormat = LineLogHandler.Format.text
    /// How long a stop waits for requests in flight.
    package var stopSecondsMax: Int64 = 20
    package var limits = Limits()
    /// The secret behind the noise in suppliers' counts; without one the database makes and keeps it.
    package var noiseKey = NoiseKey.stored
    /// 32 bytes under which endpoints' secrets are kept; nil means a file in `stateFolder`.
    package var secretKey: [UInt8]?
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

    /// Reads the environment; `workingFolder` and `program` help to find the migrations.
    package init(environment variables: [String: String], workingFolder: FilePath, program: FilePath) throws {
        migrationsFolder = try Self.migrations(variables, workingFolder, program)
        stateFolder = workingFolder.appending("var")
        if let url = variables["DATABASE_URL"], !url.isEmpty { databaseURL = url }
        if let host = variables["TRADEWIND_HOST"] { self.host = host }
        if let state = variables["TRADEWIND_STATE"] { stateFolder = FilePath(state) }
        port = try Self.integer("TRADEWIND_PORT", variables, in: 0...65_535) ?? port
        connectionsMax = try Self.integer("TRADEWIND_CONNECTIONS", variables, in: 2...500) ?? connectionsMax
        limits.requestsMax = try Self.integer("TRADEWIND_REQUESTS_MAX", variables, in: 1...100_000) ?? limits.requestsMax
        if let key = variables["TRADEWIND_NOISE_KEY"] { noiseKey = try Self.noiseKey(key) }
        environment = try Self.word("TRADEWIND_ENVIRONMENT", variables) ?? environment
        logFormat = try Self.word("TRADEWIND_LOG_FORMAT", variables) ?? logFormat
        logLevel = try Self.word("TRADEWIND_LOG_LEVEL", variables) ?? logLevel
        secretKey = try Self.secretKey(variables)
        crossOrigin = try Self.crossOrigin(variables)
        webhooksAllowLoopback = try Self.flag("TRADEWIND_WEBHOOKS_ALLOW_LOOPBACK", variables) ?? webhooksAllowLoopback
    }

    private static func migrations(
        _ variables: [String: String], _ workingFolder: FilePath, _ program: FilePath
    ) throws -> FilePath {
        if let given = variables["TRADEWIND_MIGRATIONS"] { return FilePath(given) }
        var folders = [workingFolder]
        var folder = program.removingLastComponent()
        while !folder.isEmpty, folder != "/" {
            folders.append(folder)
            folder = folder.removingLastComponent()
        }
        for folder in folders.map({ $0.appending("Migrations") }) where FileStatus.isFolder(folder) { return folder }
        throw Fault.noMigrations
    }

    /// The value itself stays out of the message: it is meant to be a secret.
    private static func noiseKey(_ text: String) throws -> NoiseKey {
        guard let bytes = Base64URL.decode(text), bytes.count == CountNoise.keyBytes else {
            throw Fault.bad(name: "TRADEWIND_NOISE_KEY", value: "...", expected: "32 bytes as base64url")
        }
        return .configured(bytes)
    }

    /// The value is never part of the fault.
    private static func secretKey(_ variables: [String: String]) throws -> [UInt8]? {
        guard let text = variables["TRADEWIND_SECRET_KEY"] else { return nil }
        guard let key = Base64.decode(text), key.count == SecretBox.keyBytes else {
            throw Fault.bad(name: "TRADEWIND_SECRET_KEY", value: "...", expected: "32 bytes in base64")
        }
        return key
    }

    private static func crossOrigin(_ variables: [String: String]) throws -> CrossOrigin {
        guard let list = variables["TRADEWIND_CORS_ORIGINS"], !list.isEmpty else { return .off }
        guard let origins = CrossOrigin(list: list) else {
            throw Fault.bad(
                name: "TRADEWIND_CORS_ORIGINS", value: list,
                expected: "1 to \(CrossOrigin.originsMax) origins with commas between, like https://console.example.com")
        }
        return origins
    }

    private static func flag(_ name: String, _ variables: [String: String]) throws -> Bool? {
        guard let text = variables[name] else { return nil }
        guard let flag = ["true": true, "1": true, "false": false, "0": false][text] else {
            throw Fault.bad(name: name, value: text, expected: "true or false")
        }
        return flag
    }

    private static func integer(_ name: String, _ variables: [String: String], in range: ClosedRange<Int>) throws -> Int? {
        guard let text = variables[name] else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw Fault.bad(name: name, value: text, expected: "\(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    private static func word<Word: RawRepresentable<String> & CaseIterable>(
        _ name: String, _ variables: [String: String]
    ) throws -> Word? {
        guard let text = variables[name] else { return nil }
        guard let word = Word(rawValue: text) else {
            throw Fault.bad(
                name: name, value: text, expected: "one of " + Word.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return word
    }
}

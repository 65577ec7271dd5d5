import App
import ArgumentParser
import Glibc
import Logging
import SystemPackage
import Telemetry

/// What every command takes.
struct InstanceOptions: ParsableArguments {
    @Option(help: "The PostgreSQL to work on, as a URL or libpq string. Default: DATABASE_URL, else the private cluster.")
    var databaseURL: String?

    @Option(help: "Where the private cluster and other state live. Default: TRADEWIND_STATE, else ./var.")
    var state: String?

    func configuration() throws -> Configuration {
        let folder = WorkingFolder.path
        var configuration = try Configuration(
            environment: Environment.variables(), workingFolder: folder,
            program: FilePath(Environment.programPath()))
        if let databaseURL { configuration.databaseURL = databaseURL }
        if let state { configuration.stateFolder = folder.pushing(FilePath(state)) }
        return configuration
    }
}

/// Where the program was started: relative paths are from there, also for what runs elsewhere as another user.
enum WorkingFolder {
    static let path = FilePath(unsafe getcwd(nil, 0).map { unsafe String(cString: $0) } ?? "/")

    static func absolute(_ path: String) -> FilePath { Self.path.pushing(FilePath(path)) }
}

extension Configuration {
    func logger() -> Logger {
        let (level, format) = (logLevel, logFormat)
        return Logger(label: "tradewind") { label in
            LineLogHandler(label: label, level: level, format: format, now: { "\(OutsideWorldClock.now())" })
        }
    }
}

/// The process's environment, without Foundation.
enum Environment {
    static func variables() -> [String: String] {
        var variables: [String: String] = [:]
        var pointer = unsafe environ
        while let entry = unsafe pointer.pointee {
            let text = unsafe String(cString: entry)
            if let separator = text.firstIndex(of: "=") {
                variables[String(text[..<separator])] = String(text[text.index(after: separator)...])
            }
            unsafe pointer += 1
        }
        return variables
    }

    static func programPath() -> String {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = unsafe buffer.withUnsafeMutableBytes { buffer in
            unsafe readlink("/proc/self/exe", buffer.baseAddress!.assumingMemoryBound(to: CChar.self), buffer.count)
        }
        return count > 0 ? String(decoding: buffer.prefix(count), as: UTF8.self) : CommandLine.arguments[0]
    }
}

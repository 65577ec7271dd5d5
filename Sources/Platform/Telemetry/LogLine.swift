import Glibc
package import Logging
import Synchronization

/// Writes log lines to standard error, as JSON for machines or as text for a person. The message is a constant; data
/// is metadata. Values are escaped, so that nothing from outside can forge a line.
package struct LineLogHandler: LogHandler {
    package enum Format: String, Sendable, CaseIterable {
        case json, text
    }

    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    private let label: String
    private let format: Format
    private let now: @Sendable () -> String
    private let write: @Sendable (String) -> Void

    package init(
        label: String, level: Logger.Level, format: Format, now: @escaping @Sendable () -> String,
        write: @escaping @Sendable (String) -> Void = StandardError.write
    ) {
        self.label = label
        self.format = format
        self.now = now
        self.write = write
        logLevel = level
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { _, given in given }.sorted { $0.key < $1.key }
        switch format {
        case .json: write(jsonLine(event, all))
        case .text: write(textLine(event, all))
        }
    }

    private func jsonLine(_ event: LogEvent, _ metadata: [(key: String, value: Logger.MetadataValue)]) -> String {
        var line = "{\"time\":\(quoted(now())),\"level\":\"\(event.level)\",\"logger\":\(quoted(label)),"
        line += "\"message\":\(quoted("\(event.message)"))"
        for (key, value) in metadata { line += ",\(quoted(key)):\(quoted("\(value)"))" }
        return line + "}\n"
    }

    private func textLine(_ event: LogEvent, _ metadata: [(key: String, value: Logger.MetadataValue)]) -> String {
        let data = metadata.map { " \($0.key)=\(quoted("\($0.value)"))" }.joined()
        return "\(now()) \(event.level) \(event.message)\(data)\n"
    }

    private func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case "\n": quoted += "\\n"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}

/// Standard error, a whole line at a time.
package enum StandardError {
    private static let lock = Mutex(())

    @Sendable package static func write(_ line: String) {
        lock.withLock { _ in
            let bytes = Array(line.utf8)
            unsafe _ = bytes.withUnsafeBytes { unsafe Glibc.write(2, $0.baseAddress, $0.count) }
        }
    }
}

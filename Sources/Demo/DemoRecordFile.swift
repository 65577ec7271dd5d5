import JSONText
package import SystemPackage

/// Where a demo's record is kept.
package struct DemoRecordFile: Sendable {
    static let bytesMax = 16 * 1024

    package let path: FilePath

    package init(in stateFolder: FilePath) { path = stateFolder.appending(DemoRecord.fileName) }

    /// Nil where there is none.
    package func read() -> DemoRecord? {
        guard let file = try? FileDescriptor.open(path, .readOnly) else { return nil }
        var buffer = [UInt8](repeating: 0, count: Self.bytesMax)
        let count = try? file.closeAfter { try unsafe buffer.withUnsafeMutableBytes { unsafe try file.read(into: $0) } }
        return DemoRecord(Array(buffer.prefix(count ?? 0)))
    }

    package func write(_ record: DemoRecord) throws {
        let file = try FileDescriptor.open(
            path, .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite)
        try file.closeAfter { _ = try file.writeAll(record.jsonBytes + [UInt8(ascii: "\n")]) }
    }
}

package import JSONText
package import Kernel
package import Postgres
import SystemPackage

/// One base backup in an archive's folder, as its `backup.json` tells of it. A folder without that file is none.
package struct BaseBackup: JSONWritable {
    static let fileName = "backup.json"
    static let bytesMax = 16 * 1024

    /// The folder's name: when it was begun, `20261125T104638Z`.
    package let id: String
    /// A restore to this moment or a later one may begin here.
    package let finishedAt: Instant
    package let bytes: Int64
    package let millis: Int64
    /// The first segment of WAL that it needs.
    package let firstSegment: String
    /// Whether the file with the secret key lies beside the data.
    package let hasKey: Bool

    package static func id(at begun: Instant) -> String {
        "\(begun)".prefix(19).filter { $0 != "-" && $0 != ":" } + "Z"
    }

    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", id)
            json.field("finished_at", finishedAt)
            json.field("bytes", bytes)
            json.field("millis", millis)
            json.field("first_segment", firstSegment)
            json.field("has_key", hasKey)
        }
    }

    /// Those of an archive, oldest first.
    package static func all(in archive: WALArchive) -> [BaseBackup] {
        SmallFile.names(in: archive.bases).sorted().compactMap { name in
            SmallFile.bytes(of: archive.bases.appending(name).appending(fileName), max: bytesMax).flatMap(BaseBackup.init)
        }
    }

    init?(_ text: [UInt8]) {
        guard case .object(let members)? = try? JSONReader.parse(text), case .string(let id)? = members["id"],
            case .string(let finished)? = members["finished_at"], let finishedAt = Instant(finished),
            case .integer(let bytes)? = members["bytes"], case .integer(let millis)? = members["millis"],
            case .string(let firstSegment)? = members["first_segment"], case .bool(let hasKey)? = members["has_key"]
        else { return nil }
        self.init(
            id: id, finishedAt: finishedAt, bytes: bytes, millis: millis, firstSegment: firstSegment, hasKey: hasKey)
    }

    init(id: String, finishedAt: Instant, bytes: Int64, millis: Int64, firstSegment: String, hasKey: Bool) {
        self.id = id
        self.finishedAt = finishedAt
        self.bytes = bytes
        self.millis = millis
        self.firstSegment = firstSegment
        self.hasKey = hasKey
    }
}

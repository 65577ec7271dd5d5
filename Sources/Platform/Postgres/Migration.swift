import Crypto
package import SystemPackage

/// One step of the schema: a file `0001_parties.sql`, applied once, in the order of its number, and never changed after.
package struct Migration: Sendable, Hashable {
    package let number: Int32
    package let name: String
    let text: String

    /// SHA-256 of the file: a step that was changed after it had been applied is refused.
    var checksum: Bytes { Bytes(Array(SHA256.hash(data: Array(text.utf8)))) }

    package init(number: Int32, name: String, text: String) {
        self.number = number
        self.name = name
        self.text = text
    }
}

package enum MigrationFault: Error, CustomStringConvertible {
    case folderMissing(String)
    case unreadable(String)
    case badName(String)
    case numbersNotGapFree([Int32])
    case changedAfterApplied(String)
    case databaseIsNewer(known: Int32, applied: Int32)
    case failed(String, DatabaseError)

    package var description: String {
        switch self {
        case .folderMissing(let path): "there is no folder of migrations at \(path); set TRADEWIND_MIGRATIONS"
        case .unreadable(let path): "the migration \(path) cannot be read"
        case .badName(let name): "the migration \(name) is not named like 0001_parties.sql"
        case .numbersNotGapFree(let numbers): "the migrations are numbered \(numbers), not 0, 1, 2 ..."
        case .changedAfterApplied(let name): "the migration \(name) was changed after it had been applied"
        case .databaseIsNewer(let known, let applied):
            "the database is at step \(applied) and this program knows \(known): start the newer program"
        case .failed(let name, let error): "the migration \(name) failed: \(error)"
        }
    }
}

extension Migration {
    /// All steps of a folder, in order, numbered from 0 without a gap.
    package static func all(in folder: FilePath) throws -> [Migration] {
        let names = try FolderListing.names(in: folder).filter { $0.hasSuffix(".sql") }.sorted()
        guard !names.isEmpty else { throw MigrationFault.folderMissing(folder.string) }
        let migrations = try names.map { name in
            guard let number = Int32(name.prefix(4)), name.dropFirst(4).first == "_" else { throw MigrationFault.badName(name) }
            return Migration(number: number, name: name, text: try FolderListing.text(of: folder.appending(name)))
        }
        let numbers = migrations.map(\.number)
        guard numbers == Array(0..<Int32(numbers.count)) else { throw MigrationFault.numbersNotGapFree(numbers) }
        return migrations
    }
}

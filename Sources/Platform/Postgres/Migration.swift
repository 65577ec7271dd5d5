import Crypto
package import SystemPackage

/// One step of the schema: a file `0001_parties.sql`, applied once, in the order of its number, and never changed after.
package struct Migration: Sendable, Hashable {
    package let number: Int32
    package let name: String
    let text: String

    /// The step that a program must know at least to work on a database with this one; this one itself, unless the step
    /// says `-- works with: NNNN`.
    package let programMin: Int32

    /// False where PostgreSQL runs it outside a transaction only: CREATE INDEX CONCURRENTLY.
    let isTransactional: Bool

    /// SHA-256 of the file: a step that was changed after it had been applied is refused.
    var checksum: Bytes { Bytes(Array(SHA256.hash(data: Array(text.utf8)))) }

    package init(number: Int32, name: String, text: String) {
        self.number = number
        self.name = name
        self.text = text
        let header = MigrationHeader(text)
        programMin = min(header.worksWith ?? number, number)
        isTransactional = !header.isOutsideTransaction
    }
}

extension Migration {
    /// All steps of a folder, in order, numbered from 0 without a gap.
    package static func all(in folder: FilePath) throws -> [Migration] {
        let names = try FolderListing.names(in: folder).filter { $0.hasSuffix(".sql") }.sorted()
        guard !names.isEmpty else { throw MigrationFault.folderMissing(folder.string) }
        let migrations = try names.map { name in
            guard let number = Int32(name.prefix(4)), name.dropFirst(4).first == "_" else { throw MigrationFault.badName(name) }
            let text = try FolderListing.text(of: folder.appending(name))
            if let fault = MigrationHeader(text).fault(of: number) { throw MigrationFault.badHeader(name, fault) }
            return Migration(number: number, name: name, text: text)
        }
        let numbers = migrations.map(\.number)
        guard numbers == Array(0..<Int32(numbers.count)) else { throw MigrationFault.numbersNotGapFree(numbers) }
        return migrations
    }
}

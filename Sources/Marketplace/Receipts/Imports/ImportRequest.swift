import Kernel
import Postgres
import Tenancy

/// Which import a file belongs to.
package struct ImportRequest: Sendable {
    package let id: ImportID
    /// An import of this id must have been begun.
    package let mustExist: Bool
    package let format: ImportFormat
    package let name: String

    package init(id: ImportID, mustExist: Bool = false, format: ImportFormat, name: String = "") {
        self.id = id
        self.mustExist = mustExist
        self.format = format
        self.name = name
    }

    /// The import as it stands, begun where it was not.
    func begin(_ word: ImportWord, _ target: ImportTarget) async throws -> Import {
        let fresh = Import(
            id: id, kind: word, format: format, name: name, state: .running, counts: ImportCounts(), chunks: 0,
            startedAt: target.world.now())
        let mustExist = mustExist
        let load = try await target.database.transaction(as: target.scope) { tx in
            if !mustExist { try tx.insert(fresh, of: target.retailer) }
            return try tx.bulkImport(fresh.id, of: target.retailer)
        }
        guard let load else { throw ImportFault.notAnImport }
        guard load.kind == word, load.format == format, load.name == name || mustExist else { throw ImportFault.differs }
        guard load.state != .failed else { throw ImportFault.failedBefore }
        return load
    }
}

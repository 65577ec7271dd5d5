import AudienceIndex
import EventLog
import Kernel
import Postgres
import Tenancy

/// Why a copy on disk was removed.
package enum CopyRemoval: String, Sendable, CaseIterable {
    /// It has purchases of somebody who was erased since.
    case erasure
    /// Nobody can go on from it: what changed since is no longer known, or it is of another cluster or layout.
    case useless
}

extension AudienceIndexes {
    package static let secondsBetweenSweeps: Int64 = 60

    /// Looks at every copy in the folder, whether anybody asks for its index or not, and removes those that have purchases of
    /// an erased shopper, those that are of no use any more, and what a broken write left. Each node does so for its own.
    package func sweepCopies() async throws {
        guard let copies = room.copies else { return }
        // Copies are written on the same thread: whatever is half written here was left behind.
        let standing = try await room.lane.run { copies.standing() }
        for copy in standing {
            guard let removal = try await removal(of: copy) else { continue }
            let isRemoved = try await room.lane.run { copies.remove(copy) }
            if isRemoved { room.onNotice(copy.shelf, .copyRemoved(removal)) }
        }
    }

    private func removal(of copy: IndexCopies.StandingCopy) async throws -> CopyRemoval? {
        guard let position = copy.position else { return .useless }
        let retailer = copy.shelf.retailer
        return try await room.database.snapshot(as: .retailer(retailer)) { tx -> CopyRemoval? in
            guard let (changes, _) = try tx.profileChanges(of: retailer, since: position) else { return .useless }
            return try tx.hasErased(among: changes.shoppers, of: retailer) ? .erasure : nil
        }
    }
}

extension IndexCopies {
    /// A file of the folder.
    struct StandingCopy: Sendable, Equatable {
        let shelf: IndexShelf
        /// Nil where it is no copy that this program reads.
        let position: ProfilePosition?
    }

    /// What is there; files that are no copies go at once.
    func standing() -> [StandingCopy] {
        IndexFile.names(in: folder).compactMap { name in
            guard let shelf = Self.shelf(ofFile: name) else {
                IndexFile.remove("\(folder)/\(name)")
                return nil
            }
            return standing(of: shelf)
        }
    }

    /// False where another was written in its place since.
    func remove(_ copy: StandingCopy) -> Bool {
        guard standing(of: copy.shelf) == copy else { return false }
        remove(copy.shelf)
        return true
    }

    private func standing(of shelf: IndexShelf) -> StandingCopy {
        let head = try? CopyHead(stored: IndexReader(path(of: shelf)).bytes())
        return StandingCopy(shelf: shelf, position: head?.position)
    }

    private static func shelf(ofFile name: String) -> IndexShelf? {
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].hasSuffix(".index"), let retailer = RetailerID(String(parts[0])),
            let view = IndexView(rawValue: String(parts[1].dropLast(".index".utf8.count)))
        else { return nil }
        return IndexShelf(retailer: retailer, view: view)
    }
}

import AudienceIndex
import EventLog
import Glibc
import Kernel
import Postgres
import Profiles
import Tenancy
import TestSupport
import Testing

@testable import Audiences

/// Copies of indexes on disk after somebody was erased.
@Suite struct CopySweepTests {
    /// A node, with its own folder, that was asked once.
    private func node(
        _ town: BusyTown, _ folder: CopyFolder, _ notices: Notices
    ) async throws -> AudienceIndexes {
        let market = town.till.market
        let indexes = AudienceIndexes(
            market.database, market.clock.world, IndexBounds(folder: folder.path), .oneInThree, onNotice: notices.add)
        _ = indexes.current(.present, for: try await town.moment())
        await indexes.advance()
        return indexes
    }

    /// Whoever the copy has facts of, counted or not.
    private func keys(_ town: BusyTown, _ folder: CopyFolder) async throws -> [Int64] {
        let retailer = town.till.retailer
        let origin = try await town.till.market.database.snapshot(as: .retailer(retailer)) { tx in
            try tx.profilePosition().origin
        }
        let shelf = IndexShelf(retailer: retailer, view: .present)
        let copy = try IndexCopies(folder: folder.path).read(shelf, try await town.moment(), origin: origin)
        return copy.layers.flatMap(\.facts.keys)
    }

    @Test func `an erasure removes the copies on every node, also where nobody asks, and later ones are without the shopper`()
        async throws
    {
        try await TestMarket.run { market in
            let (asked, idle) = (CopyFolder(), CopyFolder())
            defer {
                asked.remove()
                idle.remove()
            }
            let town = try await BusyTown(in: market, seed: 83)
            try await town.till.sell(9_001, to: "gone", [("p1", 1_000)])
            let (askedNotices, idleNotices) = (Notices(), Notices())
            let first = try await node(town, asked, askedNotices)
            _ = try await node(town, idle, idleNotices)
            // The other node was started again since, and nobody has asked it anything.
            let restarted = AudienceIndexes(
                market.database, market.clock.world, IndexBounds(folder: idle.path), .oneInThree, onNotice: idleNotices.add)
            let key = try await town.till.key(of: "gone")
            let before = try await keys(town, asked)
            try await town.till.sell(9_002, to: "h2", [("p1", 1_000)])
            for node in [first, restarted] { try await node.sweepCopies() }
            let keptWithoutErasure = (asked.files(of: town.till.retailer), idle.files(of: town.till.retailer))

            try await town.till.erase("gone")
            for node in [first, restarted] { try await node.sweepCopies() }
            let left = (asked.files(of: town.till.retailer), idle.files(of: town.till.retailer))
            // Asked on, it follows, and writes a copy when that is due.
            for _ in 0..<2 {
                _ = first.current(.present, for: try await town.moment())
                await first.advance()
                market.clock.advance(seconds: 601)
            }
            let after = try await keys(town, asked)
            try await first.sweepCopies()

            #expect(before.contains(key))
            #expect(keptWithoutErasure == (1, 1))
            #expect(left == (0, 0))
            #expect(askedNotices.removedCopies == [.erasure] && idleNotices.removedCopies == [.erasure])
            #expect(!after.isEmpty && !after.contains(key))
            #expect(asked.files(of: town.till.retailer) == 1)
        }
    }

    @Test func `what is no copy, was broken off, or leads nowhere is removed`() async throws {
        try await TestMarket.run { market in
            let folder = CopyFolder()
            defer { folder.remove() }
            let town = try await BusyTown(in: market, seed: 89)
            let notices = Notices()
            let indexes = try await node(town, folder, notices)
            let retailer = town.till.retailer
            let whole = folder.bytes(of: retailer)
            for name in ["\(retailer)-present.index.new", "core", "nobody-present.index", "\(retailer)-other.index"] {
                folder.write([1, 2, 3], named: name)
            }
            try await indexes.sweepCopies()
            let afterLeftovers = folder.names
            folder.write(Array(whole.prefix(40)), of: retailer)
            try await indexes.sweepCopies()
            let afterDamage = folder.names
            folder.write(whole, of: retailer)
            try await town.till.sell(9_003, to: "h1", [("p1", 1_000)])
            try await market.database.transaction(as: .worker(retailer)) { tx in
                _ = try tx.removeProfileChanges(of: retailer, olderThanSeconds: 0, rowsMax: 10_000)
            }
            try await indexes.sweepCopies()

            #expect(afterLeftovers == ["\(retailer)-present.index"])
            #expect(afterDamage == [])
            #expect(folder.names == [])
            #expect(notices.removedCopies == [.useless, .useless])
        }
    }
}

extension CopyFolder {
    fileprivate var names: [String] { IndexFile.names(in: path) }

    fileprivate func write(_ bytes: [UInt8], named name: String) {
        guard let file = unsafe fopen("\(path)/\(name)", "w") else { return }
        defer { unsafe fclose(file) }
        unsafe fwrite(bytes, 1, bytes.count, file)
    }
}

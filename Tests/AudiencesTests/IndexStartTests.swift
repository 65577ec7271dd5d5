import Audiences
import EventLog
import Kernel
import Postgres
import Profiles
import Tenancy
import TestSupport
import Testing

/// What a start makes of the copy that it finds: used, or built anew, and right in any case.
@Suite struct IndexStartTests {
    private static let questions: [Predicate] = {
        var source = RandomTown(seed: 5)
        return (0..<60).map { _ in source.heldPredicate() } + [.everybody]
    }()

    /// A node that begins now, and what it says after its first look.
    private func start(
        _ town: BusyTown, _ folder: CopyFolder
    ) async throws -> (notices: Notices, answers: [[Int64]], oracle: [[Int64]]) {
        let (market, moment, notices) = (town.till.market, try await town.moment(), Notices())
        let indexes = AudienceIndexes(
            market.database, market.clock.world, IndexBounds(folder: folder.path), .oneInThree, onNotice: notices.add)
        _ = indexes.current(.present, for: moment)
        await indexes.advance()
        let index = try #require(indexes.current(.present, for: moment))
        let oracle = try await market.database.read(as: .retailer(moment.retailer)) { tx in
            try Self.questions.map { try tx.members(of: $0, on: moment) }
        }
        return (notices, Self.questions.map { index.members(of: $0) }, oracle)
    }

    @Test func `a copy is loaded and followed from where it stood, over everything that happened since`() async throws {
        try await TestMarket.run { market in
            let folder = CopyFolder()
            defer { folder.remove() }
            var town = try await BusyTown(in: market, seed: 41)

            let first = try await start(town, folder)
            for _ in 0..<25 { _ = try await town.step() }
            let second = try await start(town, folder)

            #expect(first.notices.rebuilds == [.start] && first.notices.slices == 1)
            #expect(first.answers == first.oracle)
            #expect(second.notices.loaded == 1 && second.notices.rebuilds == [] && second.notices.refusedCopies == [])
            #expect(second.answers == second.oracle)
        }
    }

    @Test func `a copy of another day, layout or moment of the cluster is built anew`() async throws {
        try await TestMarket.run { market in
            let folder = CopyFolder()
            defer { folder.remove() }
            let town = try await BusyTown(in: market, seed: 43)
            _ = try await start(town, folder)
            market.clock.advance(seconds: 86_400)

            let otherDay = try await start(town, folder)
            var bytes = folder.bytes(of: town.till.retailer)
            bytes[8] &+= 1
            folder.write(bytes, of: town.till.retailer)
            let otherLayout = try await start(town, folder)

            for found in [otherDay, otherLayout] {
                #expect(found.notices.rebuilds == [.start] && found.notices.loaded == 0)
                #expect(found.answers == found.oracle)
            }
            #expect(otherDay.notices.refusedCopies == ["otherStamp"])
            #expect(otherLayout.notices.refusedCopies == ["otherVersion"])
        }
    }

    @Test func `a copy that is damaged anywhere is never trusted`() async throws {
        try await TestMarket.run { market in
            let folder = CopyFolder()
            defer { folder.remove() }
            let town = try await BusyTown(in: market, seed: 47)
            _ = try await start(town, folder)
            let whole = folder.bytes(of: town.till.retailer)
            var random = SeededGenerator(seed: 47)

            for round in 0..<12 {
                var bytes = whole
                if round % 4 == 0 {
                    bytes.removeLast(Int.random(in: 1..<bytes.count, using: &random))
                } else {
                    bytes[Int.random(in: 16..<bytes.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                }
                folder.write(bytes, of: town.till.retailer)
                let found = try await start(town, folder)
                #expect(found.notices.rebuilds == [.start] && found.notices.refusedCopies.count == 1, "round \(round)")
                #expect(found.answers == found.oracle)
            }
        }
    }

    @Test func `a copy that is older than the changes that are kept is built anew`() async throws {
        try await TestMarket.run { market in
            let folder = CopyFolder()
            defer { folder.remove() }
            var town = try await BusyTown(in: market, seed: 53)
            _ = try await start(town, folder)
            let retailer = town.till.retailer
            for _ in 0..<10 { _ = try await town.step() }
            try await market.database.transaction(as: .worker(retailer)) { tx in
                _ = try tx.removeProfileChanges(of: retailer, olderThanSeconds: 0, rowsMax: 10_000)
            }

            let found = try await start(town, folder)

            #expect(found.notices.loaded == 1 && found.notices.rebuilds == [.behind])
            #expect(found.answers == found.oracle)
        }
    }
}

import Audiences
import Glibc
import JSONText
import Kernel
import Postgres
import Profiles
import Synchronization
import Tenancy
import TestSupport
import Testing

/// Indexes that follow what happens, against the oracle.
@Suite struct LiveIndexTests {
    /// The index of a view after one look, with what the oracle says of each predicate at the same moment.
    private func compare(
        _ indexes: AudienceIndexes, _ view: IndexView, _ predicates: [Predicate], _ town: BusyTown, _ what: String
    ) async throws {
        let (retailer, now) = (town.till.retailer, town.till.market.clock.now)
        let database = town.till.market.database
        let world = town.till.market.clock.world
        let moment = try await database.transaction(as: .retailer(retailer)) { tx in
            let present = try tx.profileMoment(of: retailer, at: now)
            guard view == .weekly else { return present }
            return present.weeklySnapshot.sampled(by: try SupplierSampling.oneInThree.sample(of: retailer, in: tx, world))
        }
        _ = indexes.current(view, for: moment)
        await indexes.advance()
        let index = try #require(indexes.current(view, for: moment), "no current index after \(what)")
        let oracle = try await database.read(as: .retailer(retailer)) { tx in
            try predicates.map { try tx.members(of: $0, on: moment) }
        }
        for (predicate, members) in zip(predicates, oracle) {
            #expect(index.members(of: predicate) == members, "\(view) after \(what): \(predicate.text)")
            #expect(index.count(of: predicate) == members.count, "\(view) after \(what): \(predicate.text)")
        }
    }

    @Test(arguments: [7, 11, 13] as [UInt64])
    func `whatever happens, the index says what the oracle says`(seed: UInt64) async throws {
        try await TestMarket.run { market in
            var town = try await BusyTown(in: market, seed: seed)
            let notices = Notices()
            let indexes = AudienceIndexes(market.database, market.clock.world, IndexBounds(), .oneInThree, onNotice: notices.add)
            for step in 0..<60 {
                var what = "\(seed)/\(step): "
                if step % 12 == 11 {
                    market.clock.advance(seconds: 20 * 3_600)
                    what += "a night and "
                }
                what += try await town.step()
                let predicates = (0..<12).map { _ in town.source.heldPredicate() } + [.everybody]
                try await compare(indexes, .present, predicates, town, what)
                if step % 4 == 0 { try await compare(indexes, .weekly, predicates, town, what) }
            }
            #expect(notices.rebuilds.filter { $0 == .moment }.count >= 4)
            #expect(notices.rebuilds.filter { $0 == .behind || $0 == .many } == [])
            #expect(notices.faults == [])
        }
    }

    @Test func `two nodes that follow the same retailer answer alike, also what was written through the other`() async throws {
        try await TestMarket.run { market in
            var town = try await BusyTown(in: market, seed: 17)
            let nodes = (0..<2).map { _ in AudienceIndexes(market.database, market.clock.world, IndexBounds(), .oneInThree) }
            for step in 0..<20 {
                let what = try await town.step()
                let predicates = (0..<20).map { _ in town.source.heldPredicate() }
                let moment = try await town.moment()
                var answers: [[[Int64]]] = []
                for node in nodes {
                    _ = node.current(.present, for: moment)
                    // One of them looks at every step, the other at every third.
                    if step % 3 == 2 || answers.isEmpty { await node.advance() }
                    guard step % 3 == 2 else { continue }
                    let index = try #require(node.current(.present, for: moment))
                    answers.append(predicates.map { index.members(of: $0) })
                }
                #expect(answers.first == answers.last, "\(step): \(what)")
            }
        }
    }

    @Test func `an index that has not looked for two seconds answers nobody`() async throws {
        try await TestMarket.run { market in
            let town = try await BusyTown(in: market, seed: 19)
            let indexes = AudienceIndexes(market.database, market.clock.world, IndexBounds(), .oneInThree)
            let moment = try await town.moment()

            let before = indexes.current(.present, for: moment)
            await indexes.advance()
            let fresh = indexes.current(.present, for: moment)
            market.clock.advance(seconds: 2)
            let aged = indexes.current(.present, for: moment)
            market.clock.advance(seconds: 1)
            let old = indexes.current(.present, for: moment)
            await indexes.advance()
            let again = indexes.current(.present, for: moment)

            #expect([before, fresh, aged, old, again].map { $0 != nil } == [false, true, true, false, true])
        }
    }

    @Test func `memory is bounded: who was asked longest ago goes, and one that is too large is not kept`() async throws {
        try await TestMarket.run { market in
            let notices = Notices()
            let (first, second) = (try await BusyTown(in: market, seed: 23), try await BusyTown(in: market, seed: 29))
            let probe = AudienceIndexes(market.database, market.clock.world, IndexBounds(), .oneInThree)
            _ = probe.current(.present, for: try await first.moment())
            await probe.advance()
            let bounds = IndexBounds(bytesMax: probe.totals.bytes * 3 / 2)
            let indexes = AudienceIndexes(market.database, market.clock.world, bounds, .oneInThree, onNotice: notices.add)
            _ = indexes.current(.present, for: try await first.moment())
            await indexes.advance()
            market.clock.advance(seconds: 1)
            _ = indexes.current(.present, for: try await second.moment())
            await indexes.advance()
            let small = AudienceIndexes(
                market.database, market.clock.world, IndexBounds(bytesMax: 1_000), .oneInThree, onNotice: notices.add)
            _ = small.current(.present, for: try await first.moment())
            await small.advance()

            #expect(indexes.totals.loaded == 1)
            #expect(notices.drops == [.memory])
            #expect(try await indexes.current(.present, for: second.moment()) != nil)
            #expect(small.totals.loaded == 0)
            #expect(notices.tooLarge == 1)
        }
    }

    @Test func `an index that nobody asks for is let go, its copy too`() async throws {
        try await TestMarket.run { market in
            let folder = CopyFolder()
            defer { folder.remove() }
            let notices = Notices()
            let town = try await BusyTown(in: market, seed: 31)
            let indexes = AudienceIndexes(
                market.database, market.clock.world, IndexBounds(folder: folder.path), .oneInThree, onNotice: notices.add)
            _ = indexes.current(.present, for: try await town.moment())
            await indexes.advance()
            let written = folder.files(of: town.till.retailer)
            market.clock.advance(seconds: 3_601)
            await indexes.advance()

            #expect(written == 1)
            #expect(indexes.totals.loaded == 0)
            #expect(notices.drops == [.idle])
            #expect(folder.files(of: town.till.retailer) == 0)
        }
    }
}

extension BusyTown {
    func moment() async throws -> ProfileMoment {
        let (retailer, now) = (till.retailer, till.market.clock.now)
        return try await till.market.database.read(as: .retailer(retailer)) { tx in
            try tx.profileMoment(of: retailer, at: now)
        }
    }
}

extension SupplierSampling {
    /// Towns of tests are small: of these some remain.
    static let oneInThree = SupplierSampling(.configured([UInt8](repeating: 5, count: 32)), oneIn: 3)
}

extension RandomTown {
    /// One that the index answers by itself.
    mutating func heldPredicate() -> Predicate {
        var drawn = predicate()
        while !ShopperIndex.holds(drawn) { drawn = predicate() }
        return drawn
    }
}

extension Predicate {
    fileprivate var text: String { String(decoding: jsonBytes, as: UTF8.self) }
}

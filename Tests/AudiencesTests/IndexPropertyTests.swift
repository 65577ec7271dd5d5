import AudienceIndex
import Audiences
import JSONText
import Kernel
import Postgres
import Profiles
import Tenancy
import TestSupport
import Testing

@Suite struct IndexPropertyTests {
    @Test(arguments: [101, 103] as [UInt64])
    func `the index gives the same shoppers as a plain evaluation of the receipts`(seed: UInt64) async throws {
        let crew = Crew(workers: 2)
        defer { crew.close() }
        try await TestMarket.run { market in
            var source = RandomTown(seed: seed)
            let town = try await SettledTown.settle(in: market, &source)
            let (retailer, now) = (town.retailer, market.clock.now)
            let present = try await market.database.read(as: .retailer(retailer)) { tx in
                try tx.profileMoment(of: retailer, at: now)
            }
            for (moment, today, asOf) in [(present, 1, 0), (present.atClose(of: Town.day(-7)), -7, -7)] {
                let predicates = (0..<250).map { _ in source.predicate() }
                let found = try await Self.members(of: predicates, on: moment, market.database, crew)
                let naive = town.naive(asOf: asOf, today: today)
                let facts = naive.facts
                for (predicate, members) in zip(predicates, found) {
                    #expect(members == naive.members(predicate, facts), "seed \(seed), \(predicate.text)")
                }
            }
        }
    }

    private static func members(
        of predicates: [Predicate], on moment: ProfileMoment, _ database: Database, _ crew: Crew
    ) async throws -> [[Int64]] {
        let (index, given) = try await database.snapshot(as: .retailer(moment.retailer)) { tx in
            let index = try tx.shopperIndex(on: moment, crew)
            let unheld = Set(predicates.flatMap(ShopperIndex.unheld))
            return (index, try tx.givenShoppers(for: Array(unheld), on: moment))
        }
        return predicates.map { index.members(of: $0, given: given) }
    }
}

extension Predicate {
    fileprivate var text: String { String(decoding: jsonBytes, as: UTF8.self) }
}

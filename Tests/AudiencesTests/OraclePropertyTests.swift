import Audiences
import JSONText
import Kernel
import Postgres
import Profiles
import Tenancy
import TestSupport
import Testing

@Suite struct OraclePropertyTests {
    @Test(arguments: [11, 23, 37, 41, 59] as [UInt64])
    func `the oracle gives the same shoppers as a plain evaluation of the receipts`(seed: UInt64) async throws {
        try await TestMarket.run { market in
            var source = RandomTown(seed: seed)
            let town = try await SettledTown.settle(in: market, &source)
            let retailer = town.retailer
            let now = market.clock.now
            let present = try await market.database.read(as: .retailer(retailer)) { tx in
                try tx.profileMoment(of: retailer, at: now)
            }
            #expect(present.asOf == Town.day(0))
            for (moment, today, asOf) in [(present, 1, 0), (present.atClose(of: Town.day(-7)), -7, -7)] {
                let naive = town.naive(asOf: asOf, today: today)
                let facts = naive.facts
                for _ in 0..<6 {
                    let predicates = (0..<16).map { _ in source.predicate() }
                    let found = try await market.database.read(as: .retailer(retailer)) { tx in
                        try predicates.map { try tx.members(of: $0, on: moment) }
                    }
                    for (predicate, members) in zip(predicates, found) {
                        #expect(members == naive.members(predicate, facts), "seed \(seed), \(predicate.text)")
                    }
                }
                for _ in 0..<30 {
                    let predicates = (0..<8).map { _ in source.predicate() }
                    let counts = try await market.database.read(as: .retailer(retailer)) { tx in
                        try tx.counts(of: predicates, on: moment)
                    }
                    for (predicate, count) in zip(predicates, counts) {
                        #expect(Int(count) == naive.members(predicate, facts).count, "seed \(seed), \(predicate.text)")
                    }
                }
            }
        }
    }
}

extension Predicate {
    fileprivate var text: String { String(decoding: jsonBytes, as: UTF8.self) }
}

import HTTPSupport
import JSONText
import Kernel
import Postgres
import Profiles
import Tenancy
import TestSupport
import Testing

@testable import Audiences

@Suite struct ContradictionTests {
    /// `pointer` is where it is refused; nil where somebody may meet it.
    private static let table: [(predicate: String, pointer: String?)] = [
        (#"{"all":[{"spend":{"gte":1000}},{"spend":{"lt":1000}}]}"#, "/predicate/all/1/spend"),
        (#"{"all":[{"spend":{"gte":999}},{"spend":{"lt":1000}}]}"#, nil),
        (#"{"all":[{"average_check":{"gte":5}},{"all":[{"average_check":{"lt":5}}]}]}"#, "/predicate/all/1/all/0/average_check"),
        (#"{"all":[{"recency_days":{"lte":7}},{"recency_days":{"gte":8}}]}"#, "/predicate/all/1/recency_days"),
        (#"{"all":[{"recency_days":{"lte":7}},{"recency_days":{"gte":7}}]}"#, nil),
        (#"{"all":[{"purchase_frequency":{"lte":0}},{"purchase_frequency":{"gte":1}}]}"#, "/predicate/all/1/purchase_frequency"),
        (#"{"any":[{"spend":{"gte":1000}},{"spend":{"lt":1000}}]}"#, nil),
        (#"{"all":[{"spend":{"gte":1000}},{"average_check":{"lt":1000}}]}"#, nil),
        (#"{"all":[{"tags":{"any":["a"]}},{"not":{"tags":{"any":["a"]}}}]}"#, "/predicate/all/1/not/tags"),
        (#"{"all":[{"not":{"tags":{"any":["a","b"]}}},{"tags":{"all":["a","c"]}}]}"#, "/predicate/all/1/tags"),
        (#"{"all":[{"not":{"tags":{"all":["a","b"]}}},{"tags":{"any":["a","b"]}}]}"#, nil),
        (#"{"all":[{"not":{"tags":{"all":["a"]}}},{"tags":{"any":["a"]}}]}"#, "/predicate/all/1/tags"),
        (#"{"not":{"any":[{"tags":{"any":["a"]}},{"not":{"tags":{"any":["a"]}}}]}}"#, "/predicate/not/any/1/not/tags"),
        (
            #"{"all":[{"bought":{"brands":["a"],"within_days":30}},{"not":{"bought":{"brands":["a","b"],"within_days":90}}}]}"#,
            "/predicate/all/1/not/bought"
        ),
        (#"{"all":[{"bought":{"brands":["a"],"within_days":90}},{"not":{"bought":{"brands":["a"],"within_days":30}}}]}"#, nil),
        (
            #"{"all":[{"bought":{"brands":["a"],"within_days":30}},{"not":{"bought":{"brands":["a"],"within_days":30,"min_receipts":2}}}]}"#,
            nil
        ),
        (
            #"{"all":[{"stores":{"any":["s"],"min_receipts":3}},{"not":{"stores":{"any":["s","t"],"min_receipts":2}}}]}"#,
            "/predicate/all/1/not/stores"
        ),
        (
            #"{"all":[{"favourite_brands":{"any":["a"],"top":1}},{"not":{"favourite_brands":{"any":["a"]}}}]}"#,
            "/predicate/all/1/not/favourite_brands"
        ),
        (#"{"all":[{"favourite_brands":{"any":["a"]}},{"not":{"favourite_brands":{"any":["a"],"top":1}}}]}"#, nil),
        (#"{"all":[{"rfm":{"segments":["lost"]}},{"rfm":{"segments":["loyal","new"]}}]}"#, "/predicate/all/1/rfm"),
        (#"{"all":[{"rfm":{"segments":["lost"]}},{"rfm":{"r":{"gte":2}}}]}"#, "/predicate/all/1/rfm"),
        (#"{"all":[{"rfm":{"segments":["champions"]}},{"not":{"rfm":{"r":{"gte":5}}}}]}"#, "/predicate/all/1/not/rfm"),
        (#"{"all":[{"not":{"rfm":{"segments":["lost"]}}},{"not":{"rfm":{"r":{"gte":1}}}}]}"#, nil),
        (
            #"{"all":[{"spend":{"gte":100,"lt":200}},{"not":{"spend":{"gte":50,"lt":300}}}]}"#,
            "/predicate/all/1/not/spend"
        ),
        (#"{"all":[{"spend":{"gte":100,"lt":400}},{"not":{"spend":{"gte":50,"lt":300}}}]}"#, nil),
        (
            #"{"all":[{"spend":{"gte":100}},{"any":[{"spend":{"lt":50}},{"all":[{"spend":{"lt":90}}]}]}]}"#,
            "/predicate/all/1/any/1/all/0/spend"
        ),
        (#"{"all":[{"spend":{"gte":100}},{"any":[{"spend":{"lt":50}},{"tags":{"any":["a"]}}]}]}"#, nil),
        (#"{"not":{"all":[{"spend":{"gte":1000}},{"spend":{"lt":1000}}]}}"#, nil),
    ]

    @Test func `what nobody can meet is refused at its leaf, and what somebody may is not`() throws {
        for row in Self.table {
            var found: [String] = []
            do {
                _ = try Fields.read(.object(["predicate": try JSONReader.parse(Array(row.predicate.utf8))])) {
                    Predicate($0, "predicate")
                }
            } catch let problem as Problem {
                found = problem.fields.map { "\($0.pointer) \($0.code)" }
            }
            if let pointer = row.pointer {
                #expect(found.contains("\(pointer) contradiction"), "\(row.predicate): \(found)")
            } else {
                #expect(found == [], "\(row.predicate)")
            }
        }
    }

    /// Made of few values, so that many exclude each other.
    private func tight(_ source: inout RandomTown, depth: Int = 1) -> Predicate {
        guard depth < 4, source.roll(4) > 0 else { return source.predicate(depth: 4) }
        let parts = (0..<2 + source.roll(3)).map { _ in tight(&source, depth: depth + 1) }
        return switch source.roll(5) {
        case 0: .any(parts)
        case 1: .not(.any(parts))
        case 2: .all([parts[0], .not(parts[0])] + parts.dropFirst())
        default: .all(parts)
        }
    }

    @Test(arguments: [101, 102, 103] as [UInt64])
    func `whatever is refused counts nobody by the oracle`(seed: UInt64) async throws {
        try await TestMarket.run { market in
            var source = RandomTown(seed: seed)
            let retailer = try await SettledTown.settle(in: market, &source).retailer
            let now = market.clock.now
            let moment = try await market.database.read(as: .retailer(retailer)) { tx in
                try tx.profileMoment(of: retailer, at: now)
            }
            var refused: [Predicate] = []
            var drawn = 0
            while refused.count < 160 {
                let predicate = tight(&source)
                drawn += 1
                let isLarge = predicate.criteria.count > Predicate.leavesMax
                if !isLarge, !predicate.contradictions(at: "").isEmpty { refused.append(predicate) }
                try #require(drawn < 100_000)
            }
            let predicates = refused
            let counts = try await market.database.read(as: .retailer(retailer)) { tx in
                try predicates.map { try tx.count(of: $0, on: moment) }
            }
            for (predicate, count) in zip(predicates, counts) {
                #expect(count == 0, "seed \(seed), \(String(decoding: predicate.jsonBytes, as: UTF8.self))")
            }
            #expect(drawn > 2 * refused.count, "seed \(seed): some are not refused")
        }
    }

    @Test func `a saved audience whose predicate is refused today is still read`() throws {
        let stored = #"{"all":[{"spend":{"gte":1000}},{"spend":{"lt":1000}}]}"#

        #expect(try Predicate(stored: JSONB(Array(stored.utf8))).criteria.count == 2)
    }
}

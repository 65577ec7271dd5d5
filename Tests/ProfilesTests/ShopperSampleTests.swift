import Postgres
import Profiles
import Tenancy
import TestSupport
import Testing

@Suite struct ShopperSampleTests {
    private func sample(_ oneIn: Int32, _ byte: UInt8) -> ShopperSample {
        ShopperSample(oneIn: oneIn, seed: [UInt8](repeating: byte, count: ShopperSample.seedBytes))
    }

    @Test func `PostgreSQL and the program choose the same shoppers`() async throws {
        let database = try await TestDatabase.open()
        var random = SeededGenerator(seed: 5)
        let far = (0..<2_000).map { _ in Int64.random(in: Int64.min...Int64.max, using: &random) }
        let keys = Array(Int64(-500)...3_000) + [Int64.min, Int64.max] + far
        for (oneIn, byte) in [(2, 1), (3, 9), (12, 7), (100, 255)] as [(Int32, UInt8)] {
            let sample = sample(oneIn, byte)

            let chosen = try await database.read(as: .workerHome) { tx in
                try tx.query(
                    """
                    SELECT key FROM unnest(\(keys)) WITH ORDINALITY AS asked (key, place)
                    WHERE \(fragment: sample.holds("key")) ORDER BY place
                    """
                ) { row in try row.next(Int64.self) }
            }

            #expect(chosen == keys.filter(sample.contains), "one in \(oneIn)")
            #expect(!chosen.isEmpty)
        }
    }

    @Test func `nobody without a key is in a sample`() async throws {
        let database = try await TestDatabase.open()
        let sample = sample(2, 1)

        let found = try await database.read(as: .workerHome) { tx in
            try tx.query("SELECT 1 FROM (VALUES (NULL::bigint)) AS asked (key) WHERE \(fragment: sample.holds("key"))") { row in
                try row.next(Int32.self)
            }
        }

        #expect(found.isEmpty)
    }

    @Test func `one in twelve is chosen, by another seed another one`() {
        let keys = Array(Int64(1)...24_000)
        let (first, second) = (keys.filter(sample(12, 1).contains), keys.filter(sample(12, 2).contains))

        // Four standard errors: sqrt(24 000 x 1/12 x 11/12) = 43; of both sqrt(24 000/144) = 13.
        #expect(abs(first.count - 2_000) < 172)
        #expect(abs(second.count - 2_000) < 172)
        #expect(abs(Set(first).intersection(second).count - 167) < 52)
    }

    @Test func `a sample tells itself apart and shows nothing of its seed`() {
        let (one, other) = (sample(12, 65), sample(12, 66))
        var dumped = ""
        dump(one, to: &dumped)

        #expect(one.description != other.description && one.description == sample(12, 65).description)
        #expect(one.description != sample(13, 65).description)
        #expect(!(dumped + String(reflecting: one)).contains("65"))
    }
}

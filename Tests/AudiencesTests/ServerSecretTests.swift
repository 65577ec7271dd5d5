import Kernel
import Postgres
import Sealing
import Tenancy
import TestSupport
import Testing

@testable import Audiences

/// The key of the noise in the database, and a change of the master key.
@Suite struct ServerSecretTests {
    private static let (old, new) = ([UInt8](repeating: 1, count: 32), [UInt8](repeating: 2, count: 32))
    private static let retailer = RetailerID(Identifier(high: 1, low: 1))
    private let world = TestClock().world

    private func draw(_ box: SecretBox, _ database: Database) async throws -> Double {
        let world = world
        return try await database.transaction(as: .retailer(Self.retailer)) { tx in
            try NoiseKey.stored(box).noise(in: tx, world).draw(for: [1, 2, 3], of: Self.retailer)
        }
    }

    private func plain(_ database: Database) async throws -> [Bytes] {
        try await database.read(as: .workerHome) { tx in
            try tx.query("SELECT secret FROM server_secret WHERE secret IS NOT NULL") { row in try row.next() }
        }
    }

    @Test func `a noise key that stood in the clear is sealed, changes its key, and draws the same noise`() async throws {
        let database = try await TestDatabase.clone()
        let box = try SecretBox(masterKey: Self.old)
        let both = try SecretBox(masterKey: Self.new, previous: Self.old)
        let after = try SecretBox(masterKey: Self.new)
        let key = Bytes([UInt8](repeating: 9, count: 32))
        _ = try await database.transaction(as: .retailer(Self.retailer)) { tx in
            try tx.execute("INSERT INTO server_secret (name, secret) VALUES ('supplier_count_noise', \(key))")
        }
        let store = ServerSecrets(database, world)

        let noise = try await draw(box, database)
        let clear = (try await plain(database), try await store.census().standing(before: box).plain)
        let sealed = (try await store.reseal(box, passing: []).count, try await plain(database), try await draw(box, database))
        let changed = (
            try await store.reseal(both, passing: []).count, try await store.reseal(both, passing: []).count,
            try await draw(both, database)
        )
        let alone = try await draw(after, database)

        #expect(clear == ([key], 1))
        #expect(sealed == (1, [], noise))
        #expect(changed == (1, 0, noise))
        #expect(alone == noise)
        await #expect(throws: SecretBox.Fault.self) { try await draw(box, database) }
        await database.close()
    }

    @Test func `of 32 who need the noise key first one makes it, sealed, and all draw the same`() async throws {
        let database = try await TestDatabase.clone()
        let box = try SecretBox(masterKey: Self.old)
        let draws = try await withThrowingTaskGroup(of: Double.self) { group in
            for _ in 0..<32 { group.addTask { try await draw(box, database) } }
            return try await group.reduce(into: Set<Double>()) { $0.insert($1) }
        }

        #expect(draws.count == 1)
        #expect(try await plain(database) == [])
        #expect(try await ServerSecrets(database, world).census().standing(before: box).current == 1)
        await database.close()
    }
}

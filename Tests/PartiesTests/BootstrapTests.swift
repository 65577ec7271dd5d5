import Kernel
import Parties
import Postgres
import Tenancy
import TestSupport
import Testing

@Suite struct BootstrapTests {
    private func run(
        _ database: Database, _ clock: TestClock, person: String? = nil, recovers: Bool = false
    ) async throws -> IssuedKey {
        let author = Author(
            principal: Principal(key: KeyID(Identifier(high: 0, low: 0)), person: nil, organisation: .platform),
            scope: .platform, requestID: "cli", world: clock.world)
        return try await database.transaction(as: .platform) { tx in
            try BootstrapPlatform(name: "bootstrap", personName: person, recovers: recovers).run(in: tx, by: author, .test)
        }
    }

    @Test func `of 32 first starts one makes the first key, and a later one is told when that was`() async throws {
        let (database, clock) = (try await TestDatabase.clone(), TestClock())
        let made = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<32 { group.addTask { (try? await run(database, clock)) != nil } }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        let refusal = await #expect(throws: BootstrapPlatform.Refusal.self) { _ = try await run(database, clock) }
        await database.close()

        #expect(made == 1)
        #expect("\(refusal, default: "none")".contains("was made at 2026-03-02T12:00:00Z"))
    }

    @Test func `who lost the first key recovers on the machine: it and what took its place end`() async throws {
        let (database, clock) = (try await TestDatabase.clone(), TestClock())
        await #expect(throws: BootstrapPlatform.Refusal.self) { _ = try await run(database, clock, recovers: true) }
        let first = try await run(database, clock, person: "Anna")
        try await TestMarket.run(on: database, clock: clock) { market in
            let rotated = try await market.post(
                "/v1/platform/keys/\(first.key.id)/rotate", as: first.token, ["overlap_seconds": 600])
            let second = try #require(KeyToken(rotated.json["token"].string ?? "", in: .test))

            let recovered = try await run(database, clock, person: "Anna", recovers: true)
            let old = [try await market.get("/v1/retailers", as: first.token), try await market.get("/v1/retailers", as: second)]
            let new = try await market.get("/v1/retailers", as: recovered.token)
            let invited = try await market.post(
                "/v1/platform/invitations", as: recovered.token, ["display_name": "Kim"])

            #expect(old.map(\.status) == [401, 401])
            #expect(new.status == 200)
            #expect(invited.status == 201)
        }
        await database.close()
    }
}

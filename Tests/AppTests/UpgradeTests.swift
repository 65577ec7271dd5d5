import App
import HTTPTypes
import JSONText
import Kernel
import Postgres
import SystemPackage
import TestSupport
import Testing

/// A running installation of two nodes is brought to the next version, one after the other, under load.
@Suite struct UpgradeTests {
    static let tills = 16
    static let budget: Int64 = 500_000_000
    /// Between the steps of the upgrade, so that each of them meets traffic.
    static let receiptsBetween = 100

    @Test(
        .enabled(if: BuiltProgram.path != nil, BuiltProgram.missing),
        .enabled(if: Alone.isAsked, Alone.missing))
    func `an upgrade of two nodes under load answers no 5xx and loses nothing`() async throws {
        try await OutsidePostgres.run(named: "upgrade") { postgres in
            let next = try NextVersion.make(named: "upgrade")
            defer { next.remove() }
            try await ServedProgram.pair(named: "upgrade", on: postgres, environment: ["TRADEWIND_DRAIN_SECONDS": "1"]) { nodes in
                try await upgrade(nodes, postgres, to: next)
            }
        }
    }

    private func upgrade(_ programs: [ServedProgram], _ postgres: OutsidePostgres, to next: NextVersion) async throws {
        let town = try await ServedTown.make(in: programs[0], budget: Self.budget, feeBP: 1_000)
        let nodes = NodesClient(try programs.map { try #require($0.client) })
        let tills = SteadyTills(in: town, nodes)
        async let selling: Void = tills.sell(tills: Self.tills)
        try await tills.goOn(for: Self.receiptsBetween)

        let migrated = try await postgres.migrate(next.folder)
        try await tills.goOn(for: Self.receiptsBetween)
        let isServedByOld = try await areReady(programs)
        for (place, program) in programs.enumerated() {
            try await restart(program, at: place, migrations: next.folder, nodes)
            try await tills.goOn(for: Self.receiptsBetween)
        }
        // The way back: the older program on the newer schema.
        try await restart(programs[1], at: 1, migrations: nil, nodes)
        try await tills.goOn(for: Self.receiptsBetween)
        tills.stop()
        try await selling

        #expect(next.steps.allSatisfy { migrated.contains("applied \($0)") }, "\(migrated)")
        #expect(isServedByOld)
        try await expectNothingLost(tills, nodes, town, postgres)
        let verify = try await BuiltProgram.run(["verify"] + programs[0].options)
        #expect(verify.isSuccess && verify.output.contains("nothing was found"), "\(verify.output)")
    }

    private func restart(
        _ program: ServedProgram, at place: Int, migrations: FilePath?, _ nodes: NodesClient
    ) async throws {
        await program.stopServer()
        try await program.start(migrations: migrations)
        nodes.replace(place, by: try #require(program.client))
    }

    private func areReady(_ programs: [ServedProgram]) async throws -> Bool {
        for program in programs where try await program.client?.send(.get, "/health/ready").status != 200 { return false }
        return true
    }

    private func expectNothingLost(
        _ tills: SteadyTills, _ nodes: NodesClient, _ town: ServedTown, _ postgres: OutsidePostgres
    ) async throws {
        let stored = try await postgres.read { tx in
            try tx.query("SELECT number, count(*) FROM receipt GROUP BY number") { row in
                (number: try row.next(String.self), count: try row.next(Int64.self))
            }
        }
        let tally = nodes.tally
        print(
            "upgrade: \(tally.requests) requests, \(tally.retries) retries, \(tally.faults.count) answers 5xx, \(tally.cuts) cut; "
                + "\(tills.receipts.count) receipts acknowledged, \(stored.count) stored")
        #expect(tally.faults == [])
        #expect(tally.cuts == 0)
        #expect(Set(stored.map(\.number)) == Set(tills.receipts.keys))
        #expect(stored.allSatisfy { $0.count == 1 })
        #expect(try await town.spend()["discounts"] == tills.funded)
        #expect(tills.funded > 0)
    }
}

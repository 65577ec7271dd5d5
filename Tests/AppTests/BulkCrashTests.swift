import App
import HTTPTypes
import JSONText
import Kernel
import TestSupport
import Testing

/// A file with discounts goes on after `kill -9` of its node: nothing is paid twice, nothing is lost.
@Suite(.serialized) struct BulkCrashTests {
    private static let receipts = 3_000
    /// With the fee.
    private static let pieceCost: Int64 = 1_650
    /// Pays for two thirds of what is claimed.
    private static let budget = pieceCost * 2_000

    @Test(.enabled(if: BuiltProgram.path != nil, BuiltProgram.missing), arguments: [CrashTests.seed])
    func `a file that was cut off by kill -9 of its node is gone on with, to the unit`(seed: UInt64) async throws {
        try await ServedProgram.run(named: "bulk-crash") { program in
            let town = try await ServedTown.make(in: program, budget: Self.budget, feeBP: 1_000)
            let file = try await FileOfTills.make(Self.receipts, for: town)
            var generator = SeededGenerator(seed: seed)
            for _ in 0..<3 {
                let stretches = Int64.random(in: 1...3, using: &generator)
                try await file.send(killedAfter: stretches)
                try await program.start()
            }
            let load = try #require(try await file.send())
            let outcomes = try await file.outcomes(of: load)
            let spend = try await town.spend()
            let verify = try await BuiltProgram.run(["verify"] + program.options)

            #expect(load["state"] == "finished" && load["accepted"] == 3_000 && load["replayed"] == 0, "seed \(seed): \(load)")
            #expect(load["claimed_amount"] == .integer(1_500 * 3_000))
            #expect(load["funded_amount"] == .integer(1_500 * 2_000))
            #expect(outcomes.map { $0["line"].integer } == (1...3_000).map { $0 })
            let funded = outcomes.compactMap { $0["discounts"][0]["funded_amount"].integer }
            #expect(funded.count { $0 == 1_500 } == 2_000 && funded.count { $0 == 0 } == 1_000)
            #expect([spend["captured"], spend["reserved"], spend["available"]] == [Self.budget, 0, 0])
            #expect(verify.isSuccess && verify.output.contains("nothing was found"), "\(verify.output)")
        }
    }
}

/// What tills sold while they were offline, and how it is sent.
private struct FileOfTills: Sendable {
    let town: ServedTown
    let feed: String
    let body: [UInt8]

    private static let key = "file-of-tills"

    static func make(_ receipts: Int, for town: ServedTown) async throws -> FileOfTills {
        let api = ServedAPI(program: town.program, platform: town.platform)
        let quote = try await town.insist(.post, town.path + "/quotes", ServedTown.quote(of: "h1", base: 10_000)).json
        let day = quote["business_day"]
        let soldAt = JSONValue.string("\(OutsideWorld.real.now())")
        let discount: JSONValue = ["campaign_id": .string(town.campaign), "amount": 1_500]
        let lines = (0..<receipts).map { number -> JSONValue in
            [
                "store_id": "s1", "till": "1", "business_day": day, "number": .string("n\(number)"), "sold_at": soldAt,
                "shopper_id": .string("h\(number % ServedTown.shoppers + 1)"),
                "lines": [ServedTown.line(10_000, discounts: [discount])],
            ]
        }
        return FileOfTills(
            town: town, feed: try await api.key(town.path, role: "feed"),
            body: lines.flatMap { $0.jsonBytes + [UInt8(ascii: "\n")] })
    }

    /// Nil where the node went away meanwhile.
    func send() async throws -> JSONValue? {
        let headers = [
            ("Authorization", "Bearer \(feed)"), ("Content-Type", "application/x-ndjson"), ("Idempotency-Key", Self.key),
        ]
        let reply = try? await town.program.client?.sendOnce(
            .post, town.path + "/imports/receipts", headers: headers, body: body)
        guard let reply, reply.status == 200 else { return nil }
        return reply.json
    }

    /// Kills the node once so many stretches more are committed; the file may be finished by then.
    func send(killedAfter stretches: Int64) async throws {
        let before = try await chunks()
        async let sent = send()
        let deadline = ContinuousClock.now.advanced(by: .seconds(60))
        while ContinuousClock.now < deadline, try await chunks() < before + stretches {
            try await Task.sleep(for: .milliseconds(2))
        }
        await town.program.killServer()
        _ = try await sent
    }

    private func chunks() async throws -> Int64 {
        try await get(town.path + "/imports").json["data"][0]["chunks"].integer ?? 0
    }

    func outcomes(of load: JSONValue) async throws -> [JSONValue] {
        let text = try await get("\(town.path)/imports/\(load["id"].string ?? "")/outcomes").text
        return try text.split(separator: "\n").map { try JSONReader.parse(Array($0.utf8)) }
    }

    private func get(_ path: String) async throws -> TestClient.Reply { try await town.insist(.get, path, nil, as: feed) }
}

import HTTPTypes
import JSONText
import Postgres
import TestSupport
import Testing

/// The built program: a node brings offers into its memory by itself, and what another node takes back it shows no longer.
@Suite(.enabled(if: BuiltProgram.path != nil, BuiltProgram.missing))
struct OfferMemoryServiceTests {
    @Test func `a pause on one node takes the offer out of the other's memory within two seconds`() async throws {
        let (database, address) = try await TestDatabase.cloneWithAddress()
        await database.close()
        let environment = ServedProgram.sharedKey.merging(["TRADEWIND_DRAIN_SECONDS": "0"]) { $1 }
        try await ServedProgram.run(named: "offers-one", on: address, environment: environment) { one in
            let town = try await ServedTown.make(in: one, budget: 1_000_000, feeBP: 0)
            try await ServedProgram.run(named: "offers-two", on: address, environment: environment) { two in
                let offers = {
                    try await ServedAPI(program: two, platform: "").send(
                        .get, town.path + "/shoppers/h1/offers", nil, as: town.till
                    )
                    .json["data"].elements.map { $0["campaign_id"] }
                }
                // Until memory answers; it shows what PostgreSQL did.
                while try await answersFromMemory(of: two) == 0 {
                    #expect(try await offers() == [.string(town.campaign)])
                    try await Task.sleep(for: .milliseconds(50))
                }
                #expect(try await offers() == [.string(town.campaign)])

                let paused = try await town.insist(
                    .post, town.path + "/campaigns/\(town.campaign)/pause", ["reason": "Recall"], as: town.approver)
                let bound = ContinuousClock.now.advanced(by: .seconds(2))
                try await Task.sleep(until: bound)

                #expect(paused.status == 200, "\(paused.text)")
                #expect(try await offers() == [])
            }
        }
    }

    private func answersFromMemory(of program: ServedProgram) async throws -> Double {
        let page = try await program.client?.sendOnce(.get, "/metrics").text ?? ""
        let line = page.split(separator: "\n").first { $0.hasPrefix("tradewind_offers_answers{by=\"memory\"} ") }
        return line?.split(separator: " ").last.flatMap { Double($0) } ?? 0
    }
}

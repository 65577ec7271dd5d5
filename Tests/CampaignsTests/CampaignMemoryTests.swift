import Campaigns
import JSONText
import Kernel
import Parties
import Postgres
import Tenancy
import TestSupport
import Testing

/// What a node remembers of campaigns against what PostgreSQL holds.
@Suite struct CampaignMemoryTests {
    @Test func `after each change of a campaign a node that remembers it knows what one knows that reads it anew`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            let memory = CampaignMemory()
            let id = try await town.launched(["budget_extension": ["limit": ["amount": 300_000, "currency": "RUB"]]])
            let steps: [(String, KeyToken, JSONValue)] = [
                ("products/p2/withdraw", town.approver, ["reason": "Recalled."]),
                ("stores/s2/withdraw", town.approver, ["reason": "Closed."]),
                ("pause", town.marketer, ["reason": "Out of stock."]), ("resume", town.marketer, ["reason": "It is back."]),
                ("extend-budget", town.treasurer, ["amount": roubles(100_000), "reason": "It sells."]),
                ("stop", town.approver, ["reason": "Enough."]),
            ]
            try await town.advance(to: "2026-03-09T09:00:00Z")
            try await town.expectAgreement(of: memory, on: [id], "running")
            for (action, key, body) in steps {
                try await town.act(id, action, as: key, body)
                try await town.expectAgreement(of: memory, on: [id], action)
            }
            for time in ["2026-03-16T09:00:00Z", "2026-04-16T09:00:00Z"] {
                try await town.advance(to: time)
                try await town.expectAgreement(of: memory, on: [id], time)
            }
        }
    }

    @Test func `a memory with room for few products is right all the same`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            let (none, few) = (CampaignMemory(entriesMax: 1), CampaignMemory(entriesMax: 16))
            var ids: [CampaignID] = []
            for _ in 0..<5 { ids.append(try await town.launched(["budget": roubles(10_000)])) }
            try await town.advance(to: "2026-03-09T09:00:00Z")
            for round in 0..<3 {
                for memory in [none, few] {
                    try await town.expectAgreement(of: memory, on: ids, "round \(round)")
                    try await town.expectAgreement(of: memory, on: [ids[round]], "round \(round)")
                }
                try await town.act(ids[round], "pause", as: town.marketer, ["reason": "Out of stock."])
            }
        }
    }

    @Test func `while campaigns change on all sides what is remembered in the end is what stands`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            let memory = CampaignMemory()
            var ids: [CampaignID] = []
            for _ in 0..<4 { ids.append(try await town.launched(["budget": roubles(10_000)])) }
            try await town.advance(to: "2026-03-09T09:00:00Z")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for id in ids {
                    group.addTask {
                        for _ in 0..<6 {
                            try await town.act(id, "pause", as: town.marketer, ["reason": "Out of stock."])
                            try await town.act(id, "resume", as: town.marketer, ["reason": "It is back."])
                        }
                        try await town.act(id, "products/p2/withdraw", as: town.approver, ["reason": "Recalled."])
                    }
                    group.addTask { [ids] in for _ in 0..<40 { _ = try await town.remembered(ids, by: memory) } }
                }
                try await group.waitForAll()
            }
            try await town.expectAgreement(of: memory, on: ids, "in the end")
        }
    }
}

extension CampaignTown {
    fileprivate func remembered(_ ids: [CampaignID], by memory: CampaignMemory) async throws -> [RunningCampaign] {
        let retailer = retailer
        return try await market.database.read(as: .retailer(retailer)) { tx in
            try memory.campaigns(among: ids, of: retailer, in: tx)
        }
    }

    fileprivate func expectAgreement(of memory: CampaignMemory, on ids: [CampaignID], _ when: String) async throws {
        let retailer = retailer
        let (read, touched) = try await market.database.read(as: .retailer(retailer)) { tx in
            let products = try tx.query("SELECT ordinal FROM product WHERE retailer_id = \(retailer) ORDER BY ordinal") { row in
                try row.next(Int32.self)
            }
            let touched = try memory.touching(products, of: retailer, in: tx).touching(products)
            return (try tx.runningCampaigns(among: ids, of: retailer), touched)
        }

        #expect(try await remembered(ids, by: memory) == read, "\(when)")
        #expect(touched.filter { ids.contains($0.id) } == read.filter { !$0.products.isEmpty }, "\(when)")
    }
}

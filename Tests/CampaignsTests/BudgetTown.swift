import Campaigns
import EventLog
import JSONText
import Kernel
import Ledger
import Parties
import Postgres
import Tenancy
import TestSupport

/// What tests of budgets ask of a town and do to it.
extension CampaignTown {
    @discardableResult
    func change(
        _ id: CampaignID, _ wanted: [String: JSONValue], as key: KeyToken? = nil
    ) async throws -> TestClient.Reply {
        try await attempt(
            id, "changes", as: key ?? treasurer, .object(wanted.merging(["reason": "as agreed"]) { own, _ in own }))
    }

    func decide(
        _ change: TestClient.Reply, on id: CampaignID, _ action: String, as key: KeyToken, _ body: JSONValue = [:]
    ) async throws -> TestClient.Reply {
        try await attempt(id, "changes/\(change.json["id"].string ?? "")/\(action)", as: key, body)
    }

    /// What the wallet has, and of the campaign what was put in, what is available and what went back at its close.
    func money(of id: CampaignID) async throws -> [Int64] {
        let spend = try await market.get("\(path)/\(id)/spend", as: treasurer).json
        return [try await balance()] + ["budget", "available", "returned"].compactMap { spend[$0]["amount"].integer }
    }

    /// The data of all events of a type.
    func events(_ type: String) async throws -> [JSONValue] {
        let retailer = retailer
        let events = try await market.database.read(as: .retailer(retailer)) { tx in
            try tx.events(of: retailer, after: 0, limit: 1_000)
        }
        return try events.filter { $0.type == type }.map { try JSONReader.parse($0.data) }
    }

    /// What `tradewind verify` finds in the books.
    func findings() async throws -> [String] {
        var wrong: [String] = []
        for check in LedgerCheck.ledger {
            let report = try await Verification(market.database).run(check, of: retailer)
            wrong += report.examples.map { "\(check.name) \($0.subject): \($0.detail)" }
        }
        return wrong
    }

    /// The retailer's own campaign, launched.
    func ownCampaign(by maker: KeyToken, paidBy treasurer: KeyToken) async throws -> CampaignID {
        let wallet = try await market.post("/v1/retailers/\(retailer)/wallets", as: treasurer, ["name": "Own"]).json["id"]
        _ = try await market.post(
            "/v1/retailers/\(retailer)/wallets/\(wallet.string ?? "")/allocations", as: treasurer,
            ["amount": roubles(500_000), "reason": "for milk"], headers: [("Idempotency-Key", "allocate")])
        let id: CampaignID = try await market.post(
            path, as: maker, terms(["agreement_id": nil, "funding": [["wallet_id": wallet, "kind": "remainder"]]])
        ).id()
        try await act(id, "submit", as: maker)
        try await act(id, "approve", as: approver)
        try await act(id, "launch", as: maker)
        return id
    }
}

import Campaigns
import HTTPTypes
import JSONText
import Kernel
import Ledger
import Parties
import Postgres
import Tenancy
import TestSupport

/// One random history: the same steps are taken by the service and by the model, and after each the books are the same.
/// All that is random follows from the seed.
struct History: Sendable {
    static let start = Instant("2026-03-09T09:00:00Z")!
    /// After the campaigns' end and the days for late receipts.
    static let afterClose = Instant("2026-03-25T09:00:00Z")!

    let town: HistoryTown
    let seed: UInt64
    let slot: Int
    var random: SeededGenerator
    var model: HistoryModel
    let wallet: WalletID
    let campaigns: [CampaignID]
    let began: HistoryBooks
    /// What was done, to be read where it fails.
    var log: [String] = []
    var number = 0
    /// Quotes that keep something, as the service names them, in the order of the model's.
    var quoteIDs: [String] = []
    var tokens: [(id: String, shopper: Int?, kept: [ModelKept])] = []
    /// Top-ups by their transfer, and what of them may still be corrected.
    var topUps: [(transfer: String, amount: Int64)] = []
    /// Receipts as they were sent and answered.
    var sent: [(body: JSONValue, discounts: JSONValue)] = []
    /// Redemptions by sale and line.
    var redemptions: [[String]] = []
    var statements: [String]

    /// Draws the terms and hands both campaigns in; nothing is launched.
    static func open(in town: HistoryTown, seed: UInt64) async throws -> History {
        town.market.clock.set(start)
        var random = SeededGenerator(seed: seed)
        let slot = Int(seed % UInt64(HistoryTown.slots))
        let feeBP = [0, 333, 1_000].randomElement(using: &random) ?? 0
        let terms = (0..<2).map { campaign in
            let price = HistoryTown.price(slot, campaign)
            let percent = Int64.random(in: 5...40, using: &random) * 100
            let discount = (price * percent + 5_000) / 10_000
            return (
                percent: percent,
                terms: HistoryModel.Terms(
                    price: price, discount: discount, budget: discount * Int64.random(in: 2...12, using: &random) + 3,
                    perShopper: Int64.random(in: 2...6, using: &random), perReceipt: Int64.random(in: 2...4, using: &random),
                    total: Int64.random(in: 3...12, using: &random))
            )
        }
        let market = town.market
        let agreement = try await market.makeAgreement(
            retailer: town.retailer, supplier: town.supplier, feeBP: Int64(feeBP), depthMaxBP: 5_000)
        let wallet: WalletID = try await market.post(
            "\(town.base)/wallets", as: town.supplierTreasurer, ["agreement_id": .string("\(agreement)")]
        ).id()
        var campaigns: [CampaignID] = []
        for (index, one) in terms.enumerated() {
            campaigns.append(try await approved(one.terms, one.percent, slot, index, agreement, in: town))
        }
        let books = try await HistoryBooks.read(of: town, wallet: wallet, campaigns)
        return History(
            town: town, seed: seed, slot: slot, random: random, model: HistoryModel(feeBP: Int64(feeBP), terms.map(\.terms)),
            wallet: wallet, campaigns: campaigns, began: books, statements: ["statement\("\(wallet)".dropFirst("wallet".count))"])
    }

    private static func approved(
        _ terms: HistoryModel.Terms, _ percent: Int64, _ slot: Int, _ index: Int, _ agreement: AgreementID, in town: HistoryTown
    ) async throws -> CampaignID {
        let draft: JSONValue = [
            "name": .string("History \(slot) \(index)"), "agreement_id": .string("\(agreement)"),
            "products": ["ids": [.string(HistoryTown.product(slot, index))]],
            "reward": ["type": "percent_off", "basis_points": .integer(percent)], "starts_at": "2026-03-09T00:00:00",
            "ends_at": "2026-03-16T00:00:00", "late_start": true,
            "limits": [
                "units_per_shopper": .integer(terms.perShopper), "units_per_receipt": .integer(terms.perReceipt),
                "units": .integer(terms.total),
            ],
            "budget": money(terms.budget), "eligibility": ["type": "everyone"],
        ]
        let campaign: CampaignID = try await town.market.post("\(town.base)/campaigns", as: town.marketer, draft).id()
        for (step, key) in [("submit", town.marketer), ("approve", town.approver)] {
            let reply = try await town.send(.post, "campaigns/\(campaign)/\(step)", as: key, [:], once: "\(step)-\(campaign)")
            guard reply.status == 200 else { throw Refused(action: step, status: reply.status, body: reply.text) }
        }
        return campaign
    }

    static func money(_ minor: Int64) -> JSONValue { ["amount": .integer(minor), "currency": "RUB"] }

    /// The books and the open statement are what the model says.
    mutating func check() async throws {
        let found = try await HistoryBooks.read(of: town, wallet: wallet, campaigns, since: began)
        let wanted = model.books(like: found)
        guard found == wanted else { throw failure("books\n  are    \(found)\n  not    \(wanted)") }
        let statement = try await town.send(.get, "statements/\(statements[statements.count - 1])", as: town.treasurer)
        let read = figures(statement.json)
        guard read == model.open.named else {
            let wrong = model.open.named.filter { read[$0.key] != $0.value }.map {
                "\($0.key) \(read[$0.key] ?? -1) not \($0.value)"
            }
            throw failure("statement: \(wrong.sorted()) \(statement.status)")
        }
    }

    func failure(_ what: String) -> HistoryFailure { HistoryFailure(seed: seed, log: log, what: what) }

    /// A refusal or success that the model foretold.
    func expect(_ reply: TestClient.Reply, _ status: Int, _ code: String? = nil) throws {
        guard reply.status == status, code == nil || reply.json["code"].string == code else {
            throw failure("answered \(reply.status) \(reply.text), not \(status) \(code ?? "")")
        }
    }

}

/// A history that the service and the model tell differently: all its steps, the last of which is the one that differs.
struct HistoryFailure: Error, CustomStringConvertible {
    let seed: UInt64
    let log: [String]
    let what: String

    var description: String {
        "history \(seed), step \(log.count):\n"
            + log.enumerated().map { "  \($0.offset + 1). \($0.element)" }.joined(separator: "\n") + "\n\(what)"
    }
}

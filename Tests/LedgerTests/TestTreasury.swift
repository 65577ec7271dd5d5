import HTTPSupport
import JSONText
import Kernel
import Ledger
import Parties
import Postgres
import Tenancy
import TestSupport

/// A retailer and a supplier with an agreement, and keys of the people who move money between them.
struct TestTreasury: Sendable {
    let market: TestMarket
    let retailer: RetailerID
    let supplier: SupplierID
    let agreement: AgreementID
    let supplierTreasurer: KeyToken
    let treasurer: KeyToken
    let secondTreasurer: KeyToken

    static func open(
        in market: TestMarket, heldBy holder: MoneyHolder = .retailer, secondPerson: Bool = false
    ) async throws -> TestTreasury {
        let (retailer, supplier) = (try await market.makeRetailer(), try await market.makeSupplier())
        let agreement = try await market.makeAgreement(retailer: retailer, supplier: supplier, moneyHolder: holder)
        try await market.database.transaction(as: .platform) { tx in
            _ = try tx.execute(
                "UPDATE policy SET top_up_needs_second_person = \(secondPerson) WHERE retailer_id = \(retailer)")
        }
        return TestTreasury(
            market: market, retailer: retailer, supplier: supplier, agreement: agreement,
            supplierTreasurer: try await market.treasurer(of: supplier),
            treasurer: try await market.treasurer(of: retailer),
            secondTreasurer: try await market.treasurer(of: retailer))
    }

    var home: String { "/v1/retailers/\(retailer)" }

    func openWallet() async throws -> WalletID {
        let body: JSONValue = ["agreement_id": .string(agreementText)]
        return try await market.post("\(home)/wallets", as: treasurer, body).id()
    }

    func openOwnWallet() async throws -> WalletID {
        try await market.post("\(home)/wallets", as: treasurer, ["name": "Own campaigns"]).id()
    }

    var agreementText: String { "\(agreement)" }

    func request(_ amount: Int64, into wallet: WalletID) async throws -> TopUpID {
        try await market.post(
            "\(home)/wallets/\(wallet)/top-ups", as: supplierTreasurer, ["amount": roubles(amount)]
        ).id()
    }

    func receive(
        _ topUp: TopUpID, into wallet: WalletID, _ amount: Int64, bankID: String, as key: KeyToken? = nil,
        idempotency: String? = nil
    ) async throws -> TestClient.Reply {
        try await market.post(
            "\(home)/wallets/\(wallet)/top-ups/\(topUp)/receive", as: key ?? treasurer,
            ["bank_id": .string(bankID), "payer": "Dairy LLC", "amount": roubles(amount), "received_on": "2026-03-01"],
            headers: [("Idempotency-Key", idempotency ?? "receive-\(market.clock.world.random())")])
    }

    func confirm(_ topUp: TopUpID, into wallet: WalletID, as key: KeyToken) async throws -> TestClient.Reply {
        try await move("wallets/\(wallet)/top-ups/\(topUp)/confirm", as: key, [:])
    }

    /// A POST that moves money, with a fresh key.
    func move(_ path: String, as key: KeyToken, _ body: JSONValue) async throws -> TestClient.Reply {
        try await market.post(
            "\(home)/\(path)", as: key, body, headers: [("Idempotency-Key", "move-\(market.clock.world.random())")])
    }

    func balance(of wallet: WalletID) async throws -> Int64? {
        try await market.get("\(home)/wallets/\(wallet)", as: treasurer).json["balance"]["available"]["amount"].integer
    }

    func findings() async throws -> [String] {
        let verification = Verification(market.database)
        var wrong: [String] = []
        for check in LedgerCheck.ledger where try await verification.run(check, of: retailer).findings > 0 {
            wrong.append(check.name)
        }
        return wrong
    }
}

func roubles(_ amount: Int64) -> JSONValue { ["amount": .integer(amount), "currency": "RUB"] }

extension TestMarket {
    /// A treasurer's key: of a new person unless one is named, who holds that role at the retailer then.
    func treasurer(of retailer: RetailerID, person: PersonID? = nil) async throws -> KeyToken {
        guard let person else {
            return try await key(of: retailer, .treasurer, person: try await makePerson(of: retailer, .treasurer))
        }
        _ = try await put("/v1/retailers/\(retailer)/persons/\(person)", as: platform, ["roles": ["treasurer"]])
        return try await key(of: retailer, .treasurer, person: person)
    }

    func treasurer(of supplier: SupplierID, person: PersonID? = nil) async throws -> KeyToken {
        let holder = if let person { person } else { try await makePerson(of: supplier, .treasurer) }
        return try await key(of: supplier, .treasurer, person: holder)
    }
}

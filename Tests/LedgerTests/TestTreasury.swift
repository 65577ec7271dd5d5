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
    let agreement: Identifier
    let supplierTreasurer: KeyToken
    let treasurer: KeyToken
    let secondTreasurer: KeyToken

    static func open(
        in market: TestMarket, heldBy holder: String = "retailer", secondPerson: Bool = false, state: String = "active"
    ) async throws -> TestTreasury {
        let (retailer, supplier) = (try await market.makeRetailer(), try await market.makeSupplier())
        let agreement = try await market.makeAgreement(of: supplier, at: retailer, heldBy: holder, state: state)
        try await market.database.transaction(as: .platform) { tx in
            _ = try tx.execute(
                "UPDATE policy SET top_up_needs_second_person = \(secondPerson) WHERE retailer_id = \(retailer)")
        }
        return TestTreasury(
            market: market, retailer: retailer, supplier: supplier, agreement: agreement,
            supplierTreasurer: try await market.personalKey(.supplier(supplier, [.treasurer])),
            treasurer: try await market.personalKey(.retailer(retailer, [.treasurer])),
            secondTreasurer: try await market.personalKey(.retailer(retailer, [.treasurer])))
    }

    var home: String { "/v1/retailers/\(retailer)" }

    func openWallet() async throws -> WalletID {
        let body: JSONValue = ["agreement_id": .string(agreementText)]
        return try await market.post("\(home)/wallets", as: treasurer, body).id()
    }

    func openOwnWallet() async throws -> WalletID {
        try await market.post("\(home)/wallets", as: treasurer, ["name": "Own campaigns"]).id()
    }

    var agreementText: String { "\(TypedID<AgreementWord>(agreement))" }

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

enum AgreementWord: IDKind { static let prefix = "agreement" }

func roubles(_ amount: Int64) -> JSONValue { ["amount": .integer(amount), "currency": "RUB"] }

extension TestMarket {
    func makeAgreement(
        of supplier: SupplierID, at retailer: RetailerID, heldBy holder: String = "retailer", state: String = "active"
    ) async throws -> Identifier {
        let id = clock.world.newID(TypedID<AgreementWord>.self).value
        try await database.transaction(as: .platform) { tx in
            _ = try tx.execute(
                """
                INSERT INTO agreement (
                    retailer_id, agreement_id, supplier_id, name, state, starts_on, ends_on, fee_bp, depth_max_bp,
                    money_holder, insight_scope, scope
                )
                VALUES (
                    \(retailer), \(id), \(supplier), 'Dairy 2026', \(state), '2026-01-01', '2026-12-31', 500, 5000,
                    \(holder), 'own_brands', '{}'
                )
                """)
        }
        return id
    }

    func makePerson() async throws -> PersonID {
        let id = clock.world.newID(PersonID.self)
        try await database.transaction(as: .platform) { tx in
            _ = try tx.execute("INSERT INTO person (person_id, display_name) VALUES (\(id), 'Somebody')")
        }
        return id
    }

    /// A key of a person: a new one unless it is named.
    func personalKey(_ organisation: Organisation, of person: PersonID? = nil) async throws -> KeyToken {
        let holder = if let person { person } else { try await makePerson() }
        let author = Author(
            principal: Principal(key: KeyID(Identifier(high: 0, low: 0)), person: nil, organisation: .platform),
            scope: .platform, requestID: "test", world: clock.world)
        return try await database.transaction(as: .platform) { tx in
            try IssueKey(name: "test", organisation: organisation, person: holder).run(in: tx, by: author, .test).token
        }
    }
}

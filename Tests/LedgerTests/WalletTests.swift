import EventLog
import JSONText
import Kernel
import Ledger
import Parties
import Postgres
import Tenancy
import TestSupport
import Testing

/// Wallets, allocations, refunds and movements through the API.
@Suite struct WalletTests {
    @Test func `an agreement has one wallet, which its supplier opens or the retailer`() async throws {
        try await TestMarket.run { market in
            let treasury = try await TestTreasury.open(in: market)
            let body: JSONValue = ["agreement_id": .string(treasury.agreementText)]

            let opened = try await market.post("\(treasury.home)/wallets", as: treasury.supplierTreasurer, body)
            let twice = try await market.post("\(treasury.home)/wallets", as: treasury.treasurer, body)
            let own = try await market.post("\(treasury.home)/wallets", as: treasury.supplierTreasurer, ["name": "Mine"])

            #expect(opened.status == 201)
            #expect(
                opened.json.members.filter { $0.key != "id" } == [
                    "name": "Agreement", "supplier_id": .string("\(treasury.supplier)"),
                    "agreement_id": .string(treasury.agreementText), "currency": "RUB",
                    "balance": ["available": roubles(0), "posted": roubles(0), "in_campaigns": roubles(0)],
                    "low_balance": nil, "created_at": "2026-03-02T12:00:00Z",
                ])
            #expect(twice.status == 409 && twice.json["code"] == "wallet_exists")
            #expect(own.status == 403)
        }
    }

    @Test func `the retailer fills its own wallet by allocation, a supplier's never`() async throws {
        try await TestMarket.run { market in
            let treasury = try await TestTreasury.open(in: market)
            let (own, suppliers) = (try await treasury.openOwnWallet(), try await treasury.openWallet())
            let body: JSONValue = ["amount": roubles(700), "reason": "spring"]

            let allocated = try await treasury.move("wallets/\(own)/allocations", as: treasury.treasurer, body)
            let wrong = try await treasury.move("wallets/\(suppliers)/allocations", as: treasury.treasurer, body)
            let topUp = try await treasury.move("wallets/\(own)/top-ups", as: treasury.supplierTreasurer, ["amount": roubles(1)])

            #expect(allocated.status == 201 && allocated.json["amount"] == roubles(700))
            #expect(wrong.status == 409 && wrong.json["code"] == "not_own_wallet")
            #expect(topUp.status == 404)
            #expect(try await treasury.balance(of: own) == 700)
            #expect(try await treasury.findings() == [])
        }
    }

    @Test func `what rests goes back to the supplier, once for each payment, and never more than there is`() async throws {
        try await TestMarket.run { market in
            let treasury = try await TestTreasury.open(in: market)
            let wallet = try await treasury.openWallet()
            let topUp = try await treasury.request(500, into: wallet)
            _ = try await treasury.receive(topUp, into: wallet, 500, bankID: "line-1")
            let refund = { (amount: Int64, reference: String) in
                try await treasury.move(
                    "wallets/\(wallet)/refunds", as: treasury.treasurer,
                    [
                        "amount": roubles(amount), "bank_reference": .string(reference), "paid_on": "2026-03-02",
                        "reason": "the contract ends",
                    ])
            }

            let tooMuch = try await refund(501, "pay-1")
            let paid = try await refund(200, "pay-1")
            let sameAgain = try await refund(200, "pay-1")
            let sameReference = try await refund(100, "pay-1")

            #expect(tooMuch.status == 409 && tooMuch.json["code"] == "insufficient_funds")
            #expect(paid.status == 201 && paid.json["amount"] == roubles(200))
            #expect(sameAgain.status == 409 && sameAgain.json["code"] == "bank_reference_used")
            #expect(sameReference.status == 409 && sameReference.json["code"] == "bank_reference_used")
            #expect(try await treasury.balance(of: wallet) == 300)
            #expect(try await treasury.findings() == [])
        }
    }

    @Test func `movements come newest first, in pages, by kind, day and campaign`() async throws {
        try await TestMarket.run { market in
            let treasury = try await TestTreasury.open(in: market)
            let wallet = try await treasury.openWallet()
            for number in 1...3 {
                let topUp = try await treasury.request(100, into: wallet)
                _ = try await treasury.receive(topUp, into: wallet, 100, bankID: "line-\(number)")
            }
            let campaign = try await treasury.launch(250, from: wallet)
            let path = "\(treasury.home)/wallets/\(wallet)/movements"

            let first = try await market.get("\(path)?limit=2", as: treasury.supplierTreasurer).json
            let cursor = try #require(first["next_cursor"].string)
            let second = try await market.get("\(path)?limit=2&cursor=\(cursor)", as: treasury.supplierTreasurer).json
            let launches = try await market.get("\(path)?kind=launch", as: treasury.treasurer).json
            let ofCampaign = try await market.get("\(path)?campaign_id=\(campaign)", as: treasury.treasurer).json
            let before = try await market.get("\(path)?to=2026-03-01", as: treasury.treasurer).json
            let bad = try await market.get("\(path)?from=2026-03-02&to=2026-03-01", as: treasury.treasurer)

            let numbers = (first["data"].elements + second["data"].elements).map { $0["seq"].integer }
            #expect(numbers == [4, 3, 2, 1] && second["next_cursor"] == .null)
            #expect(launches["data"].elements.map { $0["amount"] } == [roubles(-250)])
            #expect(launches["data"][0]["balance_after"] == roubles(50))
            #expect(ofCampaign["data"].elements.count == 1)
            #expect(before["data"].elements.count == 3)
            #expect(bad.status == 422)
            let balance = try await market.get("\(treasury.home)/wallets/\(wallet)", as: treasury.supplierTreasurer).json
            #expect(
                balance["balance"] == ["available": roubles(50), "posted": roubles(50), "in_campaigns": roubles(250)])
        }
    }

    @Test func `a supplier reads of a return the day and the money, not the receipt behind it`() async throws {
        try await TestMarket.run { market in
            let treasury = try await TestTreasury.open(in: market)
            let wallet = try await treasury.openWallet()
            try await treasury.returnLate(30, to: wallet)
            let path = "\(treasury.home)/wallets/\(wallet)/movements"

            let bySupplier = try await market.get(path, as: treasury.supplierTreasurer).json["data"][0]
            let byRetailer = try await market.get(path, as: treasury.treasurer).json["data"][0]

            #expect(bySupplier["cause"] == .null && bySupplier["posted_at"] == .null)
            #expect(bySupplier["amount"] == roubles(30) && bySupplier["business_day"] == "2026-03-02")
            #expect(byRetailer["cause"] == ["kind": "redemption", "id": "r1"])
        }
    }

    @Test func `a rival supplier and another tenant see nothing, by the API and by SQL`() async throws {
        try await TestMarket.run { market in
            let treasury = try await TestTreasury.open(in: market)
            let wallet = try await treasury.openWallet()
            let topUp = try await treasury.request(500, into: wallet)
            let rival = try await market.makeSupplier()
            _ = try await market.makeAgreement(retailer: treasury.retailer, supplier: rival)
            let rivalKey = try await market.treasurer(of: rival)
            let stranger = try await market.treasurer(of: try await market.makeRetailer())

            for path in ["wallets/\(wallet)", "wallets/\(wallet)/movements", "wallets/\(wallet)/top-ups/\(topUp)"] {
                for key in [rivalKey, stranger] {
                    #expect(try await market.get("\(treasury.home)/\(path)", as: key).status == 404, "\(path)")
                }
            }
            let listed = try await market.get("\(treasury.home)/wallets", as: rivalKey).json["data"]
            let topUps = try await market.get("\(treasury.home)/top-ups", as: rivalKey).json["data"]
            let asked = try await market.post(
                "\(treasury.home)/wallets/\(wallet)/top-ups", as: rivalKey, ["amount": roubles(1)])
            let cancelled = try await market.post(
                "\(treasury.home)/wallets/\(wallet)/top-ups/\(topUp)/cancel", as: rivalKey, ["reason": "x"])
            #expect(listed == [] && topUps == [] && asked.status == 404 && cancelled.status == 404)

            let retailer = treasury.retailer
            for scope in [Scope.supplier(rival, at: retailer), .retailer(RetailerID(Identifier(high: 1, low: 1)))] {
                let seen = try await market.database.read(as: scope) { tx in
                    try tx.one(
                        """
                        SELECT (SELECT count(wallet_id) FROM wallet) + (SELECT count(top_up_id) FROM top_up)
                            + (SELECT count(account_id) FROM account)
                        """
                    ) { row in try row.next(Int64.self) }
                }
                #expect(seen == 0)
            }
        }
    }
}

extension TestTreasury {
    /// Moves money into a campaign of its own; the campaign's id as the API shows it.
    func launch(_ amount: Int64, from wallet: WalletID) async throws -> String {
        let (retailer, campaign) = (retailer, market.clock.world.newID(TypedID<CampaignWord>.self))
        try await market.database.transaction(as: .retailer(retailer)) { tx in
            guard let wallet = try tx.wallet(wallet, of: retailer) else { throw Problem.notFound("wallet") }
            let account = try tx.openCampaignAccount(of: campaign.value, fundedBy: wallet, at: retailer)
            let transfer = NewTransfer(
                id: DerivedID.make(retailer, key: "\(campaign)", leg: "launch"), kind: .launch, debit: wallet.account,
                credit: account, amount: Money(minor: amount, asset: wallet.asset), campaign: campaign.value,
                cause: EventSubject(campaign), businessDay: TestBooks.day)
            _ = try tx.post([transfer], of: retailer, at: TestBooks.now)
        }
        return "\(campaign)"
    }

    /// A return after its campaign was closed: payable -> wallet.
    func returnLate(_ amount: Int64, to wallet: WalletID) async throws {
        let (retailer, supplier) = (retailer, supplier)
        try await market.database.transaction(as: .retailer(retailer)) { tx in
            guard let wallet = try tx.wallet(wallet, of: retailer) else { throw Problem.notFound("wallet") }
            let payable = SharedAccount.payable(wallet.asset, owner: supplier)
            let transfer = NewTransfer(
                id: DerivedID.make(retailer, key: "r1", leg: "return"), kind: .return, debit: payable.id(at: retailer),
                credit: wallet.account, amount: Money(minor: amount, asset: wallet.asset),
                cause: EventSubject(kind: "redemption", id: "r1"), businessDay: TestBooks.day)
            _ = try tx.post([transfer], opening: [payable], of: retailer, at: TestBooks.now)
        }
    }
}

enum CampaignWord: IDKind { static let prefix = "campaign" }

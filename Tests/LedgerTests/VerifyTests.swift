import EventLog
import Kernel
import Ledger
import Postgres
import Tenancy
import TestSupport
import Testing

/// A row changed behind the service's back is found, whichever it is.
@Suite struct VerifyTests {
    /// What is done to the tables of retailer `R`, by the check that must find it.
    private static let tamperings: [(check: String, sql: String)] = [
        ("debits_equal_credits", "UPDATE account SET credits_posted = credits_posted + 1 WHERE retailer_id = R AND kind = 'fee'"),
        (
            "counters_equal_entries",
            """
            UPDATE account SET credits_posted = credits_posted + 1, debits_posted = debits_posted + 1
            WHERE retailer_id = R AND kind = 'wallet'
            """
        ),
        ("pending_equals_holds", "UPDATE hold SET amount = amount + 1 WHERE retailer_id = R AND state = 'pending'"),
        (
            "nothing_below_zero",
            "UPDATE account SET debits_pending = credits_posted + 1 WHERE retailer_id = R AND kind = 'campaign'"
        ),
        ("entries_gap_free", "DELETE FROM entry WHERE retailer_id = R AND seq = 1"),
        ("balance_chain", "UPDATE entry SET balance_after = balance_after + 1 WHERE retailer_id = R AND seq = 2"),
        ("entries_match_transfers", "UPDATE entry SET amount = -amount WHERE retailer_id = R AND seq = 2"),
        (
            "transfers_have_two_entries",
            """
            INSERT INTO transfer (
                retailer_id, transfer_id, kind, debit_account_id, credit_account_id, amount, asset, cause_kind, cause_id,
                business_day, posted_at
            )
            SELECT R, gen_random_uuid(), 'launch', debit_account_id, credit_account_id, 5, asset, 'test', '1', business_day, now()
            FROM transfer WHERE retailer_id = R AND kind = 'launch'
            """
        ),
        ("assets_agree", "UPDATE transfer SET asset = 'EUR' WHERE retailer_id = R AND kind = 'launch'"),
        ("owners_agree", "UPDATE transfer SET supplier_id = gen_random_uuid() WHERE retailer_id = R AND kind = 'launch'"),
        ("owners_agree", "UPDATE entry SET supplier_id = gen_random_uuid() WHERE retailer_id = R AND seq = 1"),
        (
            "reversals_within_originals",
            "UPDATE transfer SET amount = amount + 1 WHERE retailer_id = R AND reverses_id IS NOT NULL"
        ),
        ("top_ups_equal_transfers", "UPDATE top_up SET received_amount = received_amount + 1 WHERE retailer_id = R"),
        ("allocations_equal_transfers", "UPDATE allocation SET amount = amount + 1 WHERE retailer_id = R"),
        ("money_in_has_its_paper", "DELETE FROM allocation WHERE retailer_id = R"),
        ("corrections_equal_transfers", "UPDATE correction SET amount = amount + 1 WHERE retailer_id = R"),
        ("corrections_have_their_paper", "DELETE FROM correction WHERE retailer_id = R"),
        ("put_in_equals_launches", "UPDATE account SET put_in = put_in + 1 WHERE retailer_id = R AND kind = 'campaign'"),
        (
            "campaign_accounts_have_wallets",
            "UPDATE account SET supplier_id = NULL WHERE retailer_id = R AND kind = 'campaign'"
        ),
    ]

    @Test func `every check finds its tampering, with an example, and nothing before`() async throws {
        let database = try await TestDatabase.clone()
        let superuser = try await TestDatabase.superuser(of: database)
        _ = try await superuser.administer { tx in
            try tx.script(
                """
                ALTER TABLE account DROP CONSTRAINT account_never_below_zero
                """)
        }
        try await TestMarket.run(on: database) { market in
            for (name, sql) in Self.tamperings {
                let treasury = try await TestTreasury.open(in: market)
                try await treasury.live()
                #expect(try await treasury.findings() == [], "before \(name)")

                let retailer = treasury.retailer
                _ = try await superuser.administer { tx in
                    try tx.script(
                        "SET LOCAL session_replication_role = replica; "
                            + sql.replacing(" R", with: " '\(retailer.value)'"))
                }
                let check = try #require(LedgerCheck.ledger.first { $0.name == name })
                let report = try await Verification(database).run(check, of: retailer)

                #expect(report.findings > 0 && report.checked > 0, "\(name)")
                #expect(report.examples.first?.detail.isEmpty == false, "\(name)")
            }
            let apart = ["seals_equal_entries", "seals_within_entries", "closings_equal_entries", "days_follow"]
            #expect(Set(Self.tamperings.map(\.check) + apart) == Set(LedgerCheck.ledger.map(\.name)))
        }
        await superuser.close()
        await database.close()
    }

    @Test func `checks read long accounts and tables in slices and miss nothing at the seams`() async throws {
        let books = try await TestBooks.open()
        let campaign = try await books.makeCampaign(budget: 1_000_000)
        let (retailer, payable) = (books.retailer, books.payable)
        for _ in 0..<120 {
            let transfers = (0..<100).map { _ in
                books.transfer(.redemption, from: campaign, to: payable.id(at: retailer), 1)
            }
            _ = try await books.transaction { tx in
                try tx.post(transfers, opening: [payable], of: retailer, at: TestBooks.now)
            }
        }

        let verification = Verification(books.database)
        var checked: [String: Int64] = [:]
        for check in LedgerCheck.ledger {
            let report = try await verification.run(check, of: retailer)
            checked[check.name] = report.checked
            #expect(report.findings == 0, "\(check.name): \(report.examples)")
        }

        #expect(checked["transfers_have_two_entries"] == 12_002)
        #expect(checked["entries_gap_free"] == 24_004)
        #expect(checked["balance_chain"] == 24_004)
        #expect(checked["counters_equal_entries"] == 4)
    }

    @Test func `at most 20 examples are shown and the rest are counted`() async throws {
        let database = try await TestDatabase.clone()
        let superuser = try await TestDatabase.superuser(of: database)
        let books = try await TestBooks.open(on: database)
        let campaign = try await books.makeCampaign(budget: 100)
        let (retailer, payable) = (books.retailer, books.payable)
        let transfers = (0..<30).map { _ in books.transfer(.redemption, from: campaign, to: payable.id(at: retailer), 1) }
        _ = try await books.transaction { tx in
            try tx.post(transfers, opening: [payable], of: retailer, at: TestBooks.now)
        }
        _ = try await superuser.administer { tx in
            try tx.script("UPDATE transfer SET amount = 2 WHERE kind = 'redemption'")
        }

        let check = try #require(LedgerCheck.ledger.first { $0.name == "entries_match_transfers" })
        let report = try await Verification(database).run(check, of: retailer)

        #expect(report.findings == 60 && report.examples.count == 20)
        await superuser.close()
        await database.close()
    }
}

extension TestTreasury {
    /// A little of everything: a top-up that is corrected, an allocation, a launch, a payment, its correction, a pending hold.
    fileprivate func live() async throws {
        let (wallet, own) = (try await openWallet(), try await openOwnWallet())
        _ = try await receive(try await request(1_000, into: wallet), into: wallet, 1_000, bankID: "line-1")
        _ = try await move("wallets/\(own)/allocations", as: treasurer, ["amount": roubles(500), "reason": "spring"])
        let wrong = try await receive(try await request(7, into: wallet), into: wallet, 7, bankID: "line-2")
        let asked = try await move(
            "corrections", as: treasurer, ["transfer_id": wrong.json["transfer_id"], "reason": "another's payment"])
        _ = try await move("corrections/\(asked.json["id"].string ?? "")/approve", as: secondTreasurer, [:])
        let campaign = try #require(TypedID<CampaignWord>(try await launch(300, from: wallet))).value
        let account = AccountID.campaign(campaign, fundedBy: wallet, at: retailer)
        let books = TestBooks(
            database: market.database, retailer: retailer, world: market.clock.world, holdClock: market.clock)
        let payable = SharedAccount.payable(TestBooks.asset, owner: supplier)
        let paid = books.transfer(.redemption, from: account, to: payable.id(at: retailer), 40)
        try await books.post(
            paid, books.transfer(.fee, from: account, to: books.fee.id(at: retailer), 2), opening: [payable, books.fee])
        try await books.post(
            books.transfer(.return, from: payable.id(at: retailer), to: account, 40, reverses: paid.id))
        try await books.place(books.hold(50, on: account))
    }
}

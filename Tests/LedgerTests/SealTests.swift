import EventLog
import Kernel
import Ledger
import Postgres
import TestSupport
import Testing

/// The chain of hashes over entries: made afterwards, and broken by whatever is changed.
@Suite struct SealTests {
    @Test func `entries are sealed once, in order, and what comes later is chained to them`() async throws {
        let books = try await TestBooks.open()
        let sealer = LedgerSealer(books.database, books.world)
        let campaign = try await books.makeCampaign(budget: 10_000)
        let (first, again) = (try await sealer.seal(books.retailer), try await sealer.seal(books.retailer))
        try await books.sell(700, from: campaign)
        let second = try await sealer.seal(books.retailer)

        // An allocation and a launch are two entries each; then 700 on each side.
        #expect([first, again, second] == [4, 0, 1_400])
        #expect(try await books.findings() == [])
        #expect(try await books.sealed(campaign) == [1, 257, 513, 701])
    }

    @Test func `more entries than a transaction takes are sealed in several`() async throws {
        let books = try await TestBooks.open()
        let campaign = try await books.makeCampaign(budget: 1_000_000)
        for _ in 0..<12 { try await books.sell(500, from: campaign) }
        let sealed = try await LedgerSealer(books.database, books.world).seal(books.retailer)

        #expect(sealed == 12_004)
        #expect(try await books.findings() == [])
    }

    @Test func `sealers and tills that race make one chain`() async throws {
        let books = try await TestBooks.open()
        let campaign = try await books.makeCampaign(budget: 100_000)
        let sealer = LedgerSealer(books.database, books.world)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<16 {
                group.addTask { try await books.sell(20, from: campaign) }
                group.addTask { _ = try await sealer.seal(books.retailer) }
            }
            try await group.waitForAll()
        }
        _ = try await sealer.seal(books.retailer)

        #expect(try await books.sealed(campaign).last == 321)
        #expect(try await books.findings() == [])
    }

    @Test func `an account with a missing entry is sealed up to it and named each time, all others whole`() async throws {
        let database = try await TestDatabase.clone()
        let superuser = try await TestDatabase.superuser(of: database)
        let books = try await TestBooks.open(on: database)
        let sealer = LedgerSealer(database, books.world)
        let (broken, well) = (try await books.makeCampaign(budget: 1_000), try await books.makeCampaign(budget: 1_000))
        for campaign in [broken, well] { try await books.sell(300, from: campaign) }
        let account = "retailer_id = '\(books.retailer.value)' AND account_id = '\(broken.value)'"
        try await superuser.tamper("DELETE FROM entry WHERE \(account) AND seq = 100")
        for _ in 0..<2 {
            await #expect(
                performing: { try await sealer.seal(books.retailer) },
                throws: { "\($0)".contains("\(broken) from entry 100 on") })
        }

        #expect(try await books.sealed(broken) == [99])
        #expect(try await books.sealed(well) == [256, 301])
        await superuser.close()
        await database.close()
    }

    @Test func `whatever row is changed is found and named`() async throws {
        let database = try await TestDatabase.clone()
        let superuser = try await TestDatabase.superuser(of: database)
        for (what, sql) in Self.tamperings {
            let books = try await TestBooks.open(on: database)
            let campaign = try await books.makeCampaign(budget: 10_000)
            try await books.sell(600, from: campaign)
            _ = try await LedgerSealer(database, books.world).seal(books.retailer)
            #expect(try await books.found("seals_equal_entries") == [], "\(what)")

            let changed = "account_id = '\(campaign.value)' AND seq = 300"
            try await superuser.tamper(
                sql.replacing("CHANGED", with: "retailer_id = '\(books.retailer.value)' AND \(changed)"))

            let found = try await books.found("seals_equal_entries")
            #expect(found.contains("\(campaign.value)/300"), "\(what): \(found)")
            // The other side of the same transfer stands on another account; nothing else is named.
            #expect(found.count <= 2, "\(what): \(found)")
        }
        await superuser.close()
        await database.close()
    }

    private static let transfer = "transfer_id = (SELECT transfer_id FROM entry WHERE CHANGED)"

    private static let tamperings: [(what: String, sql: String)] = [
        ("an entry's amount", "UPDATE entry SET amount = amount - 1 WHERE CHANGED"),
        ("an entry's balance", "UPDATE entry SET balance_after = balance_after + 1 WHERE CHANGED"),
        ("an entry's transfer", "UPDATE entry SET transfer_id = gen_random_uuid() WHERE CHANGED"),
        ("an entry that is gone", "DELETE FROM entry WHERE CHANGED"),
        ("a transfer's amount", "UPDATE transfer SET amount = amount + 1 WHERE \(transfer)"),
        ("a transfer's kind", "UPDATE transfer SET kind = 'fee' WHERE \(transfer)"),
        ("a transfer's account", "UPDATE transfer SET credit_account_id = gen_random_uuid() WHERE \(transfer)"),
        ("a transfer's asset", "UPDATE transfer SET asset = 'EUR' WHERE \(transfer)"),
        ("a transfer's campaign", "UPDATE transfer SET campaign_id = gen_random_uuid() WHERE \(transfer)"),
        ("a transfer's cause", "UPDATE transfer SET cause_id = 'other' WHERE \(transfer)"),
        ("a transfer's day", "UPDATE transfer SET business_day = business_day + 1 WHERE \(transfer)"),
        ("a transfer's time", "UPDATE transfer SET posted_at = posted_at + interval '1 microsecond' WHERE \(transfer)"),
        ("a transfer's owner", "UPDATE transfer SET supplier_id = gen_random_uuid() WHERE \(transfer)"),
        ("what a transfer undoes", "UPDATE transfer SET reverses_id = gen_random_uuid() WHERE \(transfer)"),
    ]

    @Test func `seals that are changed, taken out or left over are found`() async throws {
        let database = try await TestDatabase.clone()
        let superuser = try await TestDatabase.superuser(of: database)
        let seals: [(check: String, sql: String)] = [
            ("seals_equal_entries", "UPDATE entry_seal SET hash = sha256('x') WHERE seq = 256 AND OURS"),
            ("seals_equal_entries", "UPDATE entry_seal SET digests = overlay(digests PLACING '\\x00'::bytea FROM 1) WHERE OURS"),
            ("seals_equal_entries", "DELETE FROM entry_seal WHERE seq = 256 AND OURS"),
            (
                "seals_equal_entries",
                "UPDATE entry SET amount = amount - 1 WHERE seq = 3 AND OURS; DELETE FROM entry_seal WHERE seq = 256 AND OURS"
            ),
            ("seals_within_entries", "DELETE FROM entry WHERE seq > 500 AND OURS; UPDATE account SET seq = 500 WHERE OURS"),
        ]
        for (check, sql) in seals {
            let books = try await TestBooks.open(on: database)
            let campaign = try await books.makeCampaign(budget: 10_000)
            try await books.sell(600, from: campaign)
            _ = try await LedgerSealer(database, books.world).seal(books.retailer)
            let ours = "retailer_id = '\(books.retailer.value)' AND account_id = '\(campaign.value)'"
            try await superuser.tamper(sql.replacing("OURS", with: ours))

            let found = try await books.found(check)
            #expect(!found.isEmpty && found.allSatisfy { $0.contains("\(campaign.value)") }, "\(sql): \(found)")
        }
        await superuser.close()
        await database.close()
    }
}

extension TestBooks {
    /// So many redemptions of 1 minor unit, in one transaction.
    func sell(_ count: Int, from campaign: AccountID, at now: Instant = TestBooks.now) async throws {
        let (retailer, payable) = (retailer, payable)
        let transfers = (0..<count).map { _ in transfer(.redemption, from: campaign, to: payable.id(at: retailer), 1) }
        _ = try await transaction { tx in try tx.post(transfers, opening: [payable], of: retailer, at: now) }
    }

    /// The numbers at which an account's seals end.
    func sealed(_ account: AccountID) async throws -> [Int64] {
        let retailer = retailer
        return try await transaction { tx in
            try tx.query(
                """
                SELECT seq FROM entry_seal WHERE retailer_id = \(retailer) AND account_id = \(account) ORDER BY seq
                """
            ) { row in try row.next(Int64.self) }
        }
    }

    /// What a check names.
    func found(_ name: String, since day: BusinessDay? = nil) async throws -> [String] {
        let check = try #require(LedgerCheck.ledger.first { $0.name == name })
        return try await Verification(database, since: day).run(check, of: retailer).examples.map(\.subject)
    }
}

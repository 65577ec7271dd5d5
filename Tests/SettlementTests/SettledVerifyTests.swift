import JSONText
import Kernel
import Ledger
import Postgres
import Settlement
import Tenancy
import TestSupport
import Testing

/// A row of disputes and payments that was changed behind the service's back is found.
@Suite struct SettledVerifyTests {
    /// What is done to the tables of retailer `R`, by the check that must find it.
    static let tamperings: [(check: String, sql: String)] = [
        ("disputes_equal_transfers", "UPDATE dispute SET upheld_amount = upheld_amount - 1 WHERE retailer_id = R"),
        ("disputes_equal_transfers", "UPDATE dispute SET fee_amount = fee_amount + 1 WHERE retailer_id = R"),
        ("disputes_equal_transfers", "UPDATE redemption_share SET discount_amount = 1 WHERE retailer_id = R"),
        ("dispute_transfers_have_their_paper", "UPDATE dispute SET transfer_id = line_id WHERE retailer_id = R"),
        ("payments_equal_statements", "UPDATE payment_statement SET owed_amount = owed_amount + 1 WHERE retailer_id = R"),
        ("payments_equal_statements", "DELETE FROM acknowledgement WHERE retailer_id = R"),
        ("payments_equal_statements", "UPDATE payment_statement SET is_released = true WHERE retailer_id = R"),
        ("payments_equal_transfers", "UPDATE payment SET amount = amount + 1 WHERE retailer_id = R"),
        ("payments_equal_transfers", "UPDATE payment SET end_transfer_id = settlement_transfer_id WHERE retailer_id = R"),
        ("payment_transfers_have_their_paper", "DELETE FROM payment WHERE retailer_id = R"),
        (
            "clearing_equals_ordered",
            "UPDATE account SET credits_posted = credits_posted + 1 WHERE retailer_id = R AND kind = 'clearing'"
        ),
        (
            "clearing_returns_to_zero",
            "UPDATE payment SET state = 'ordered', ordered_at = clock_timestamp() - interval '8 days', paid_on = NULL, ended_at = NULL, end_transfer_id = NULL WHERE retailer_id = R"
        ),
    ]

    @Test func `every check of disputes and payments finds its tampering, with an example, and nothing before`() async throws {
        let database = try await TestDatabase.clone()
        let superuser = try await TestDatabase.superuser(of: database)
        try await TestMarket.run(on: database) { market in
            for (name, sql) in Self.tamperings {
                let settling = try await Settling.open(in: market)
                let opened = try await settling.dispute(try await settling.line("redemption", of: 3_000))
                _ = try await settling.uphold(opened.idText, 2_000)
                _ = try await settling.settle(opened.idText)
                // Beside the disputes that were answered the supplier agrees with the next statement only.
                try await settling.treasury.sell("6", "p1", 10_000, discount: 1_500)
                let next = try await settling.treasury.openStatement()
                _ = try await settling.treasury.seal(next)
                _ = try await settling.acknowledge(next)
                _ = try await settling.pay(try await settling.order().idText)
                #expect(try await settling.treasury.findings() == [], "before \(name)")

                let retailer = settling.treasury.town.retailer
                _ = try await superuser.administer { tx in
                    try tx.script(
                        "SET LOCAL session_replication_role = replica; "
                            + sql.replacing(" R", with: " '\(retailer.value)'"))
                }
                let check = try #require(LedgerCheck.settlement.first { $0.name == name })
                let report = try await Verification(database).run(check, of: retailer)

                #expect(report.findings > 0 && report.checked > 0, "\(name): \(sql)")
                #expect(report.examples.first?.detail.isEmpty == false, "\(name)")
            }
        }
        await superuser.close()
        await database.close()
    }
}

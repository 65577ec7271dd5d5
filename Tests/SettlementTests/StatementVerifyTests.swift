import JSONText
import Kernel
import Ledger
import Postgres
import Settlement
import Tenancy
import TestSupport
import Testing

/// A row of statements that was changed behind the service's back is found, whichever it is.
@Suite struct StatementVerifyTests {
    /// What is done to the tables of retailer `R`, by the check that must find it.
    private static let tamperings: [(check: String, sql: String)] = [
        ("statements_follow", "UPDATE statement SET number = 5 WHERE retailer_id = R AND number = 2"),
        (
            "statements_follow",
            "UPDATE statement SET opening_amount = opening_amount + 1, closing_amount = closing_amount + 1 WHERE retailer_id = R AND number = 2"
        ),
        ("statements_follow", "UPDATE statement SET next_statement_id = gen_random_uuid() WHERE retailer_id = R AND number = 1"),
        ("statements_follow", "UPDATE statement SET supplier_id = NULL WHERE retailer_id = R AND number = 2"),
        ("statements_follow", "UPDATE statement SET sealed_at = sealed_at + interval '1 s' WHERE retailer_id = R AND number = 1"),
        ("statement_spans_follow", "UPDATE statement_account SET from_seq = from_seq + 1 WHERE retailer_id = R AND from_seq > 1"),
        (
            "statement_spans_follow",
            "UPDATE statement_account SET opening_amount = opening_amount + 1, closing_amount = closing_amount + 1 WHERE retailer_id = R AND from_seq > 1"
        ),
        (
            "statement_spans_equal_entries",
            "UPDATE statement_account SET credit_amount = credit_amount + 1, closing_amount = closing_amount + 1 WHERE retailer_id = R AND from_seq = 1"
        ),
        ("statement_spans_equal_entries", "UPDATE statement_account SET through_seq = through_seq + 1 WHERE retailer_id = R"),
        (
            "statement_spans_equal_entries",
            "UPDATE entry SET amount = amount + 1 WHERE retailer_id = R AND seq = 1 AND account_id IN (SELECT account_id FROM wallet)"
        ),
        (
            "statements_equal_entries",
            "UPDATE statement SET redemption_amount = redemption_amount + 1, fee_amount = fee_amount - 1 WHERE retailer_id = R AND number = 1"
        ),
        (
            "statements_equal_entries",
            "UPDATE statement SET launch_amount = launch_amount + 1 WHERE retailer_id = R AND number = 1"
        ),
        ("statements_equal_entries", "DELETE FROM statement_account WHERE retailer_id = R AND from_seq = 1"),
        ("statements_equal_unfunded", "UPDATE statement SET unfunded_amount = unfunded_amount + 1 WHERE retailer_id = R"),
        ("statements_equal_unfunded", "DELETE FROM statement_unfunded WHERE retailer_id = R"),
        (
            "statements_equal_unfunded",
            "UPDATE redemption SET claimed_amount = claimed_amount + 1 WHERE retailer_id = R AND reason IS NOT NULL"
        ),
    ]

    @Test func `every check of statements finds its tampering, with an example, and nothing before`() async throws {
        let database = try await TestDatabase.clone()
        let superuser = try await TestDatabase.superuser(of: database)
        try await TestMarket.run(on: database) { market in
            for (name, sql) in Self.tamperings {
                let treasury = try await Treasury.open(in: market)
                try await treasury.live()
                _ = try await treasury.seal(try await treasury.openStatement())
                try await treasury.sell("6", "p2", 20_000, discount: 3_500)
                _ = try await treasury.seal(try await treasury.openStatement())
                try await treasury.sell("7", "p2", 20_000, discount: 3_000)
                #expect(try await treasury.findings() == [], "before \(name)")

                let retailer = treasury.town.retailer
                _ = try await superuser.administer { tx in
                    try tx.script(
                        "SET LOCAL session_replication_role = replica; "
                            + sql.replacing(" R", with: " '\(retailer.value)'"))
                }
                let check = try #require(LedgerCheck.settlement.first { $0.name == name })
                let report = try await Verification(database).run(check, of: retailer)

                #expect(report.findings > 0 && report.checked == 2, "\(name): \(sql)")
                #expect(report.examples.first?.detail.isEmpty == false, "\(name)")
            }
            #expect(
                Set(Self.tamperings.map(\.check)).union(SettledVerifyTests.tamperings.map(\.check))
                    == Set(LedgerCheck.settlement.map(\.name)))
        }
        await superuser.close()
        await database.close()
    }
}

import Campaigns
import Checkout
import JSONText
import Kernel
import Ledger
import Postgres
import Tenancy
import TestSupport
import Testing

/// A row of quotes, redemptions, limits or returns that was changed behind the service's back is found, whichever it is.
@Suite struct RedemptionVerifyTests {
    /// What is done to the tables of retailer `R`, by the check that must find it.
    private static let tamperings: [(check: String, sql: String)] = [
        (
            "funded_within_claim",
            "UPDATE redemption SET claimed_amount = funded_amount - 1 WHERE retailer_id = R AND number = '1'"
        ),
        (
            "funded_within_claim",
            "UPDATE redemption SET allowed_amount = funded_amount - 1 WHERE retailer_id = R AND number = '1'"
        ),
        (
            "redemptions_paid_once",
            """
            INSERT INTO transfer (
                retailer_id, transfer_id, kind, debit_account_id, credit_account_id, amount, asset, campaign_id, cause_kind,
                cause_id, business_day, posted_at
            )
            SELECT R, gen_random_uuid(), kind, debit_account_id, credit_account_id, amount, asset, campaign_id, cause_kind,
                cause_id, business_day, posted_at
            FROM transfer WHERE retailer_id = R AND kind = 'redemption' LIMIT 1
            """
        ),
        (
            "redemptions_paid_once",
            "UPDATE redemption SET redemption_id = (SELECT redemption_id FROM redemption WHERE retailer_id = R AND number = '1') WHERE retailer_id = R AND number = '2'"
        ),
        (
            "redemptions_equal_transfers",
            "UPDATE redemption SET funded_amount = funded_amount - 1 WHERE retailer_id = R AND number = '1'"
        ),
        (
            "redemptions_equal_transfers",
            "UPDATE redemption SET fee_amount = fee_amount + 1 WHERE retailer_id = R AND number = '1'"
        ),
        (
            "redemptions_equal_transfers",
            "UPDATE redemption SET borne_amount = borne_amount - 1 WHERE retailer_id = R AND borne_amount > 0"
        ),
        ("shares_equal_transfers", "UPDATE redemption_share SET fee_amount = fee_amount + 1 WHERE retailer_id = R"),
        ("transfers_have_redemptions", "DELETE FROM redemption WHERE retailer_id = R AND number = '1'"),
        (
            "returns_within_originals",
            "UPDATE redemption_return SET discount_amount = discount_amount + 1500 WHERE retailer_id = R AND discount_amount > 0"
        ),
        ("returns_within_originals", "UPDATE redemption_return SET quantity_milli = 9000 WHERE retailer_id = R"),
        ("returns_within_originals", "DELETE FROM redemption_return WHERE retailer_id = R"),
        (
            "campaign_within_budget",
            "UPDATE redemption SET funded_amount = funded_amount + 500000 WHERE retailer_id = R AND number = '1'"
        ),
        ("campaign_within_budget", "UPDATE campaign_funding SET budget_amount = budget_amount - 1 WHERE retailer_id = R"),
        ("campaign_within_budget", "UPDATE hold SET amount = 500000 WHERE retailer_id = R AND state = 'pending'"),
        ("limits_equal_redemptions", "UPDATE limit_counter SET used = used - 1 WHERE retailer_id = R AND counter = 'units'"),
        ("limits_equal_redemptions", "UPDATE limit_counter SET held = held + 1 WHERE retailer_id = R AND counter = 'units'"),
        ("limits_equal_redemptions", "DELETE FROM limit_counter WHERE retailer_id = R AND counter = 'units_per_shopper_day'"),
        ("limits_equal_redemptions", "UPDATE redemption_return SET units = 0 WHERE retailer_id = R"),
        ("borne_within_caps", "UPDATE unfunded_borne SET borne_amount = borne_amount - 1 WHERE retailer_id = R"),
        (
            "borne_within_caps",
            "UPDATE agreement SET unfunded_bearers = jsonb_set(unfunded_bearers, '{no_quote,cap,amount}', '1') WHERE retailer_id = R"
        ),
        ("quotes_equal_holds", "UPDATE held_discount SET discount_amount = discount_amount + 1 WHERE retailer_id = R"),
        (
            "quotes_equal_holds",
            "UPDATE held_quote SET state = 'released', resolved_at = now() WHERE retailer_id = R AND state = 'pending'"
        ),
        ("holds_have_quotes", "DELETE FROM held_quote WHERE retailer_id = R AND state = 'pending'"),
        ("spend_equals_entries", "UPDATE campaign_spent SET discounts = discounts + 1 WHERE retailer_id = R"),
        ("spend_equals_entries", "UPDATE spend_counted SET seq = seq - 1 WHERE retailer_id = R"),
        ("spend_equals_entries", "UPDATE spend_counted SET seq = seq + 1 WHERE retailer_id = R"),
    ]

    @Test func `every check of redemptions finds its tampering, with an example, and nothing before`() async throws {
        let database = try await TestDatabase.clone()
        let superuser = try await TestDatabase.superuser(of: database)
        _ = try await superuser.administer { tx in
            try tx.script(
                """
                ALTER TABLE redemption DROP CONSTRAINT redemption_funded, DROP CONSTRAINT redemption_reason,
                    DROP CONSTRAINT redemption_borne, DROP CONSTRAINT redemption_borne_from
                """)
        }
        try await TestMarket.run(on: database) { market in
            for (name, sql) in Self.tamperings {
                let till = try await Till.lived(in: market)
                #expect(try await till.findings() == [], "before \(name)")

                let retailer = till.town.retailer
                _ = try await superuser.administer { tx in
                    try tx.script(
                        "SET LOCAL session_replication_role = replica; "
                            + sql.replacing(" R", with: " '\(retailer.value)'"))
                }
                let check = try #require(LedgerCheck.checkout.first { $0.name == name })
                let report = try await Verification(database).run(check, of: retailer)

                #expect(report.findings > 0 && report.checked > 0, "\(name): \(sql)")
                #expect(report.examples.first?.detail.isEmpty == false, "\(name)")
            }
            #expect(Set(Self.tamperings.map(\.check)) == Set(LedgerCheck.checkout.map(\.name)))
        }
        await superuser.close()
        await database.close()
    }
}

extension Till {
    /// A little of everything: paid in full, in part, borne by the supplier, returned, held.
    fileprivate static func lived(in market: TestMarket) async throws -> Till {
        market.clock.set(TestClock().now)
        let till = try await Till.open(
            in: market,
            limits: ["units_per_shopper": 100, "units_per_shopper_day": 50, "units_per_receipt": 10, "units": 1_000],
            unfundedBearers: ["no_quote": ["bearer": "supplier", "cap": ["amount": 400, "currency": "RUB"]]])
        let quote = try await till.quote(lines: [Till.line(1, "p1", 20_000, quantity: 2)], hold: "basket-1")
        try await till.accepted(till.sale("1", quantity: 2, discount: 3_000, quote: quote, shopper: nil))
        try await till.accepted(till.sale("2", discount: 2_000))
        try await till.accepted(till.sale("3", discount: 500, product: "p3"))
        try await till.accepted(till.sale("4", quantity: 2, discount: 3_000))
        try await till.accepted(till.back("5", of: "4", amount: 8_500))
        _ = try await till.quote(lines: [Till.line(1, "p2", 20_000)], hold: "basket-2")
        try await SpendCounter(market.database, entriesLeft: 1).count(till.town.retailer)
        return till
    }
}

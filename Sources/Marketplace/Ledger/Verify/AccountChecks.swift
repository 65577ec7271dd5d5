import Kernel
import Postgres

extension CheckedRows {
    static let accounts = CheckedRows(keysOfAccounts)
    /// Fewer at once, where each has a row for every day that it moved.
    static let accountsOfManyDays = CheckedRows(slice: 20, keysOfAccounts)

    @Sendable private static func keysOfAccounts(_ retailer: RetailerID, _ after: Identifier?, _ limit: Int) -> SQL {
        """
        SELECT account_id AS key FROM account
        WHERE retailer_id = \(retailer) AND (\(after)::uuid IS NULL OR account_id > \(after))
        ORDER BY account_id LIMIT \(limit)
        """
    }
}

/// Checks of accounts as they stand.
extension LedgerCheck {
    static let debitsEqualCredits = LedgerCheck(
        "debits_equal_credits", "The balances of all accounts of an asset sum to zero.",
        .whole(
            count: { retailer in "SELECT count(account_id) FROM account WHERE retailer_id = \(retailer)" },
            findings: { retailer in
                """
                SELECT asset::text, format('off by %s', sum(credits_posted::numeric - debits_posted))
                FROM account
                WHERE retailer_id = \(retailer)
                GROUP BY asset
                HAVING sum(credits_posted::numeric - debits_posted) <> 0
                """
            }))

    static let pendingEqualsHolds = LedgerCheck(
        "pending_equals_holds", "Pending debits of an account are the sum of its pending holds.",
        .rows(.accounts) { retailer, range in
            """
            SELECT account.account_id::text,
                format('pending %s debits, %s credits; holds %s', account.debits_pending, account.credits_pending,
                    COALESCE(held.amount, 0))
            FROM account
            LEFT JOIN (
                SELECT account_id, sum(amount) AS amount
                FROM hold
                WHERE retailer_id = \(retailer) AND state = 'pending' AND \(fragment: range.holds("account_id"))
                GROUP BY account_id
            ) AS held USING (account_id)
            WHERE account.retailer_id = \(retailer) AND \(fragment: range.holds("account.account_id"))
                AND (account.debits_pending <> COALESCE(held.amount, 0) OR account.credits_pending <> 0)
            """
        })

    static let nothingBelowZero = LedgerCheck(
        "nothing_below_zero", "No wallet and no campaign has spent and held more than came in.",
        .rows(.accounts) { retailer, range in
            """
            SELECT account_id::text,
                format('%s: %s debits and %s pending of %s credits', kind, debits_posted, debits_pending, credits_posted)
            FROM account
            WHERE retailer_id = \(retailer) AND \(fragment: range.holds("account_id"))
                AND kind IN ('wallet', 'campaign')
                AND (NOT limit_debits OR debits_posted + debits_pending > credits_posted)
            """
        })

    static let putInEqualsLaunches = LedgerCheck(
        "put_in_equals_launches",
        "What is counted as put into a campaign's account is what launches, extensions and changes moved.",
        .rows(.accounts) { retailer, range in
            """
            SELECT account.account_id::text, format('counts %s, what moved came to %s', account.put_in, moved.amount)
            FROM account
            CROSS JOIN LATERAL (
                SELECT COALESCE(sum(part.amount), 0) AS amount
                FROM (
                    SELECT amount
                    FROM transfer
                    WHERE transfer.retailer_id = \(retailer) AND transfer.credit_account_id = account.account_id
                        AND transfer.kind = 'launch'
                    UNION ALL
                    SELECT -amount
                    FROM transfer
                    WHERE transfer.retailer_id = \(retailer) AND transfer.debit_account_id = account.account_id
                        AND transfer.kind = 'release'
                ) AS part
            ) AS moved
            WHERE account.retailer_id = \(retailer) AND \(fragment: range.holds("account.account_id"))
                AND account.put_in <> 0 AND account.put_in <> moved.amount
            """
        })

    static let campaignAccountsHaveWallets = LedgerCheck(
        "campaign_accounts_have_wallets", "A campaign's account belongs to the owner, and counts in the asset, of its wallet.",
        .rows(.accounts) { retailer, range in
            """
            SELECT funded.account_id::text, format('its wallet account is %s', COALESCE(source.kind, 'missing'))
            FROM account AS funded
            LEFT JOIN account AS source
                ON source.retailer_id = \(retailer) AND source.account_id = funded.wallet_account_id
            WHERE funded.retailer_id = \(retailer) AND \(fragment: range.holds("funded.account_id"))
                AND funded.kind = 'campaign'
                AND (source.kind IS DISTINCT FROM 'wallet' OR source.asset <> funded.asset
                    OR source.supplier_id IS DISTINCT FROM funded.supplier_id)
            """
        })
}

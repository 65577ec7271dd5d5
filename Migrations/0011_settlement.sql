-- Statements (DOMAIN 6, LEDGER_AND_WEBHOOKS 22; docs/decisions/0010-statements.md). All new tables but two indexes, which are
-- on a table that was never released: no locks that matter.
--
-- A statement is of a wallet: its account and those of its campaigns, each over a contiguous span of its entries. The open
-- statement is no row: it is what follows the last sealed one. Its id is the `next_statement_id` of that one, or the
-- wallet's own id while there is none.

-- Insert-only: UPDATE and DELETE are granted to nobody.
CREATE TABLE statement (
    retailer_id uuid NOT NULL,
    statement_id uuid NOT NULL,
    wallet_id uuid NOT NULL,
    supplier_id uuid REFERENCES supplier,
    number bigint NOT NULL CHECK (number > 0),
    next_statement_id uuid NOT NULL,
    opened_at timestamptz NOT NULL,
    sealed_at timestamptz NOT NULL,
    sealed_by_person uuid NOT NULL,
    sealed_by_key uuid NOT NULL,
    opening_amount bigint NOT NULL CHECK (opening_amount >= 0),
    top_up_amount bigint NOT NULL CHECK (top_up_amount >= 0),
    allocation_amount bigint NOT NULL CHECK (allocation_amount >= 0),
    refund_amount bigint NOT NULL CHECK (refund_amount >= 0),
    -- Within: from the wallet to its campaigns and back.
    launch_amount bigint NOT NULL CHECK (launch_amount >= 0),
    release_amount bigint NOT NULL CHECK (release_amount >= 0),
    redemption_amount bigint NOT NULL CHECK (redemption_amount >= 0),
    fee_amount bigint NOT NULL CHECK (fee_amount >= 0),
    return_amount bigint NOT NULL CHECK (return_amount >= 0),
    fee_return_amount bigint NOT NULL CHECK (fee_return_amount >= 0),
    -- Of what no budget paid, what the supplier bore, and what of that came back.
    borne_amount bigint NOT NULL CHECK (borne_amount >= 0),
    borne_return_amount bigint NOT NULL CHECK (borne_return_amount >= 0),
    correction_amount bigint NOT NULL,
    closing_amount bigint NOT NULL CHECK (closing_amount >= 0),
    -- What tills gave and no budget paid, whoever bears it.
    unfunded_amount bigint NOT NULL CHECK (unfunded_amount >= 0),
    PRIMARY KEY (retailer_id, statement_id),
    UNIQUE (retailer_id, wallet_id, number),
    UNIQUE (retailer_id, next_statement_id),
    FOREIGN KEY (retailer_id, wallet_id) REFERENCES wallet,
    CONSTRAINT statement_balance CHECK (
        closing_amount = opening_amount + top_up_amount + allocation_amount - refund_amount - redemption_amount - fee_amount
            - borne_amount + return_amount + fee_return_amount + borne_return_amount + correction_amount)
);

-- The entries of one account in a sealed statement; only accounts that moved have a row.
CREATE TABLE statement_account (
    retailer_id uuid NOT NULL,
    account_id uuid NOT NULL,
    from_seq bigint NOT NULL CHECK (from_seq > 0),
    through_seq bigint NOT NULL,
    statement_id uuid NOT NULL,
    supplier_id uuid REFERENCES supplier,
    opening_amount bigint NOT NULL,
    credit_amount bigint NOT NULL CHECK (credit_amount >= 0),
    debit_amount bigint NOT NULL CHECK (debit_amount >= 0),
    closing_amount bigint NOT NULL,
    PRIMARY KEY (retailer_id, account_id, from_seq),
    FOREIGN KEY (retailer_id, account_id) REFERENCES account,
    FOREIGN KEY (retailer_id, statement_id) REFERENCES statement DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT statement_account_span CHECK (from_seq <= through_seq),
    CONSTRAINT statement_account_balance CHECK (closing_amount = opening_amount + credit_amount - debit_amount)
);
CREATE INDEX statement_account_by_statement ON statement_account (retailer_id, statement_id);

-- The discounts of a sealed statement that no budget paid in full: each in one statement only.
CREATE TABLE statement_unfunded (
    retailer_id uuid NOT NULL,
    redemption_id uuid NOT NULL,
    statement_id uuid NOT NULL,
    supplier_id uuid REFERENCES supplier,
    campaign_id uuid NOT NULL,
    business_day date NOT NULL,
    unfunded_amount bigint NOT NULL CHECK (unfunded_amount > 0),
    borne_amount bigint NOT NULL CHECK (borne_amount BETWEEN 0 AND unfunded_amount),
    PRIMARY KEY (retailer_id, redemption_id),
    FOREIGN KEY (retailer_id, statement_id) REFERENCES statement DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX statement_unfunded_by_statement ON statement_unfunded (
    retailer_id, statement_id, business_day, redemption_id);

-- What an open statement looks for.
CREATE INDEX redemption_unfunded ON redemption (retailer_id, campaign_id, redemption_id) WHERE reason IS NOT NULL;
CREATE INDEX redemption_unknown_campaign ON redemption (retailer_id, redemption_id) WHERE reason = 'unknown_campaign';

SELECT fence_tenant(name) FROM unnest(ARRAY['statement', 'statement_account', 'statement_unfunded']) AS name;
SELECT fence_supplier(name) FROM unnest(ARRAY['statement', 'statement_account', 'statement_unfunded']) AS name;

GRANT SELECT, INSERT ON statement, statement_account, statement_unfunded TO tradewind_app;

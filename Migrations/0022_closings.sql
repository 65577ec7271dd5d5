-- works with: 0021
-- Daily closing balances, and seals over spans of entries. Locks: ACCESS EXCLUSIVE on `entry_seal`, which no program before this
-- one writes and which is empty; new tables.

-- A seal is over entries first_seq..seq; of each entry's digest the first 8 bytes are kept, so that a changed row is named.
ALTER TABLE entry_seal ADD COLUMN first_seq bigint NOT NULL CHECK (first_seq BETWEEN 1 AND seq);
ALTER TABLE entry_seal ADD COLUMN digests bytea NOT NULL CHECK (octet_length(digests) = 8 * (seq - first_seq + 1));

-- What an account that moved on a day had at its end: after its entry `seq`. A later day without a row: the same still.
CREATE TABLE account_closing (
    retailer_id uuid NOT NULL,
    account_id uuid NOT NULL,
    day date NOT NULL,
    seq bigint NOT NULL CHECK (seq > 0),
    balance bigint NOT NULL,
    -- The account's last seal at or before that entry.
    head_seq bigint,
    head bytea CHECK (octet_length(head) = 32),
    -- Whose money it is; null: the retailer's own.
    supplier_id uuid,
    closed_at timestamptz NOT NULL,
    PRIMARY KEY (retailer_id, account_id, day),
    FOREIGN KEY (retailer_id, account_id) REFERENCES account,
    CHECK ((head_seq IS NULL) = (head IS NULL))
);
CREATE INDEX account_closing_by_day ON account_closing (retailer_id, day, account_id);

-- A closed day, with a hash over its closings and over the day before.
CREATE TABLE ledger_day (
    retailer_id uuid NOT NULL REFERENCES retailer,
    day date NOT NULL,
    ends_at timestamptz NOT NULL,
    -- Accounts that moved on it.
    accounts int NOT NULL CHECK (accounts >= 0),
    previous_hash bytea CHECK (octet_length(previous_hash) = 32),
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    closed_at timestamptz NOT NULL,
    PRIMARY KEY (retailer_id, day)
);

SELECT fence_tenant(name) FROM unnest(ARRAY['account_closing', 'ledger_day']) AS name;
SELECT fence_supplier('account_closing');
SELECT fence_writes(name) FROM unnest(ARRAY['account_closing', 'ledger_day']) AS name;
CREATE POLICY no_supplier ON ledger_day AS RESTRICTIVE TO tradewind_app
    USING (current_setting('app.actor', true) = 'retailer');
-- Insert-only.
GRANT SELECT, INSERT ON account_closing, ledger_day TO tradewind_app;

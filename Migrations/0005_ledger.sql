-- Double-entry money (LEDGER_AND_WEBHOOKS 1 to 23). All new tables: no locks that matter.
--
-- The balance of an account is credits - debits. External accounts owe what they brought in, so they are below zero;
-- wallets and campaigns never are: the CHECK refuses, whatever the code does.

CREATE TABLE account (
    retailer_id uuid NOT NULL REFERENCES retailer,
    account_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('external', 'allocation', 'wallet', 'campaign', 'payable', 'fee', 'clearing')),
    asset varchar(32) NOT NULL,
    -- Whose money it is: a supplier's, or the retailer's own where null.
    supplier_id uuid REFERENCES supplier,
    -- The wallet that a campaign account is funded from.
    wallet_account_id uuid,
    campaign_id uuid,
    debits_pending bigint NOT NULL DEFAULT 0 CHECK (debits_pending >= 0),
    debits_posted bigint NOT NULL DEFAULT 0 CHECK (debits_posted >= 0),
    credits_pending bigint NOT NULL DEFAULT 0 CHECK (credits_pending >= 0),
    credits_posted bigint NOT NULL DEFAULT 0 CHECK (credits_posted >= 0),
    -- Entries so far: the next entry's number minus one.
    seq bigint NOT NULL DEFAULT 0,
    limit_debits boolean NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (retailer_id, account_id),
    CONSTRAINT account_never_below_zero CHECK (NOT limit_debits OR debits_pending + debits_posted <= credits_posted),
    CONSTRAINT account_limited_kinds CHECK (limit_debits = (kind IN ('wallet', 'campaign'))),
    CONSTRAINT account_campaign CHECK ((kind = 'campaign') = (campaign_id IS NOT NULL AND wallet_account_id IS NOT NULL)),
    FOREIGN KEY (retailer_id, wallet_account_id) REFERENCES account
) WITH (fillfactor = 50);
-- One of each for a retailer and asset; payable is one for each owner of wallets.
CREATE UNIQUE INDEX account_one_of_kind ON account (retailer_id, kind, asset)
    WHERE kind IN ('external', 'allocation', 'fee', 'clearing');
CREATE UNIQUE INDEX account_one_payable ON account (
    retailer_id, asset, COALESCE(supplier_id, '00000000-0000-0000-0000-000000000000')) WHERE kind = 'payable';
CREATE UNIQUE INDEX account_one_for_funding ON account (retailer_id, campaign_id, wallet_account_id)
    WHERE kind = 'campaign';
-- What a wallet has in campaigns.
CREATE INDEX account_by_wallet ON account (retailer_id, wallet_account_id) WHERE wallet_account_id IS NOT NULL;

-- A prepaid balance: one for each agreement, and the retailer's own.
CREATE TABLE wallet (
    retailer_id uuid NOT NULL,
    wallet_id uuid NOT NULL,
    account_id uuid NOT NULL,
    supplier_id uuid REFERENCES supplier,
    agreement_id uuid,
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (retailer_id, wallet_id),
    UNIQUE (retailer_id, account_id),
    FOREIGN KEY (retailer_id, account_id) REFERENCES account,
    FOREIGN KEY (retailer_id, agreement_id, supplier_id) REFERENCES agreement (retailer_id, agreement_id, supplier_id),
    CONSTRAINT wallet_owner CHECK ((supplier_id IS NULL) = (agreement_id IS NULL))
);
CREATE UNIQUE INDEX wallet_one_for_agreement ON wallet (retailer_id, agreement_id) WHERE agreement_id IS NOT NULL;

-- Insert-only: UPDATE and DELETE are granted to nobody. A correction is a new transfer with `reverses_id`.
CREATE TABLE transfer (
    retailer_id uuid NOT NULL,
    transfer_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('top_up', 'allocation', 'launch', 'redemption', 'fee', 'return', 'fee_return',
        'unfunded', 'unfunded_return', 'release', 'close', 'settlement', 'payment', 'refund', 'correction')),
    debit_account_id uuid NOT NULL,
    credit_account_id uuid NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    asset varchar(32) NOT NULL,
    campaign_id uuid,
    -- What caused it, opaque to the ledger: (top_up, id), (redemption, id), (campaign, id) ...
    cause_kind text NOT NULL,
    cause_id text COLLATE "C" NOT NULL,
    business_day date NOT NULL,
    reverses_id uuid,
    posted_at timestamptz NOT NULL,
    PRIMARY KEY (retailer_id, transfer_id),
    FOREIGN KEY (retailer_id, debit_account_id) REFERENCES account,
    FOREIGN KEY (retailer_id, credit_account_id) REFERENCES account,
    CONSTRAINT transfer_two_accounts CHECK (debit_account_id <> credit_account_id)
);
CREATE UNIQUE INDEX transfer_reversed_once ON transfer (retailer_id, reverses_id) WHERE reverses_id IS NOT NULL;
CREATE INDEX transfer_by_cause ON transfer (retailer_id, cause_kind, cause_id);
CREATE INDEX transfer_by_campaign ON transfer (retailer_id, campaign_id) WHERE campaign_id IS NOT NULL;

-- One side of a transfer on one account, numbered without a gap. Positive: a credit.
CREATE TABLE entry (
    retailer_id uuid NOT NULL,
    account_id uuid NOT NULL,
    seq bigint NOT NULL CHECK (seq > 0),
    transfer_id uuid NOT NULL,
    amount bigint NOT NULL CHECK (amount <> 0),
    balance_after bigint NOT NULL,
    PRIMARY KEY (retailer_id, account_id, seq),
    FOREIGN KEY (retailer_id, account_id) REFERENCES account,
    FOREIGN KEY (retailer_id, transfer_id) REFERENCES transfer,
    UNIQUE (retailer_id, transfer_id, account_id)
);

-- Money of a campaign's account that a quote keeps for a while: pending, then posted (in whole or in part), voided or
-- expired, once.
CREATE TABLE hold (
    retailer_id uuid NOT NULL,
    hold_id uuid NOT NULL,
    account_id uuid NOT NULL,
    quote_id uuid NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    posted_amount bigint NOT NULL DEFAULT 0 CHECK (posted_amount BETWEEN 0 AND amount),
    state text NOT NULL CHECK (state IN ('pending', 'posted', 'voided', 'expired')),
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    resolved_at timestamptz,
    PRIMARY KEY (retailer_id, hold_id),
    FOREIGN KEY (retailer_id, account_id) REFERENCES account,
    CHECK ((state = 'pending') = (resolved_at IS NULL)),
    CHECK (posted_amount = 0 OR state = 'posted')
) WITH (fillfactor = 70);
CREATE INDEX hold_pending ON hold (retailer_id, account_id, expires_at) WHERE state = 'pending';
CREATE INDEX hold_by_quote ON hold (retailer_id, quote_id);

-- A supplier asks, the money holder's treasurer sees the money, a second person confirms where required (DOMAIN 6).
CREATE TABLE top_up (
    retailer_id uuid NOT NULL,
    top_up_id uuid NOT NULL,
    wallet_id uuid NOT NULL,
    supplier_id uuid NOT NULL REFERENCES supplier,
    state text NOT NULL CHECK (state IN ('requested', 'received', 'credited', 'cancelled')),
    requested_amount bigint NOT NULL CHECK (requested_amount > 0),
    payment_reference text COLLATE "C" NOT NULL,
    requested_by_person uuid,
    requested_by_key uuid NOT NULL,
    requested_at timestamptz NOT NULL,
    received_amount bigint CHECK (received_amount > 0),
    bank_id text COLLATE "C",
    payer text,
    received_on date,
    received_by_person uuid,
    received_by_key uuid,
    received_at timestamptz,
    credited_by_person uuid,
    credited_by_key uuid,
    credited_at timestamptz,
    transfer_id uuid,
    cancel_reason text,
    version bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (retailer_id, top_up_id),
    FOREIGN KEY (retailer_id, wallet_id) REFERENCES wallet,
    FOREIGN KEY (retailer_id, transfer_id) REFERENCES transfer,
    CONSTRAINT top_up_reference UNIQUE (retailer_id, payment_reference),
    CONSTRAINT top_up_bank_line_once UNIQUE (retailer_id, bank_id),
    CHECK ((state = 'credited') = (transfer_id IS NOT NULL)),
    CHECK (state IN ('requested', 'cancelled') OR received_amount IS NOT NULL)
);
CREATE INDEX top_up_by_wallet ON top_up (retailer_id, wallet_id, top_up_id);

-- The retailer's own budget, put into one of its own wallets.
CREATE TABLE allocation (
    retailer_id uuid NOT NULL,
    allocation_id uuid NOT NULL,
    wallet_id uuid NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    reason text NOT NULL,
    allocated_by_person uuid,
    allocated_by_key uuid NOT NULL,
    transfer_id uuid NOT NULL,
    allocated_at timestamptz NOT NULL,
    PRIMARY KEY (retailer_id, allocation_id),
    FOREIGN KEY (retailer_id, wallet_id) REFERENCES wallet,
    FOREIGN KEY (retailer_id, transfer_id) REFERENCES transfer
);

-- The chain of hashes over an account's entries, written off the hot path.
CREATE TABLE entry_seal (
    retailer_id uuid NOT NULL,
    account_id uuid NOT NULL,
    seq bigint NOT NULL,
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    sealed_at timestamptz NOT NULL,
    PRIMARY KEY (retailer_id, account_id, seq),
    FOREIGN KEY (retailer_id, account_id, seq) REFERENCES entry
);

SELECT fence_tenant(name) FROM unnest(ARRAY['account', 'wallet', 'transfer', 'entry', 'hold', 'top_up', 'allocation',
    'entry_seal']) AS name;
SELECT fence_supplier(name) FROM unnest(ARRAY['wallet', 'top_up']) AS name;

-- A supplier's launch moves its own money; the shared accounts of the retailer (external, fee, clearing) it never touches.
SELECT fence_supplier('account');
CREATE POLICY no_supplier ON allocation AS RESTRICTIVE TO tradewind_app
    USING (current_setting('app.actor', true) = 'retailer');

GRANT SELECT, INSERT, UPDATE ON account, hold, top_up TO tradewind_app;
GRANT SELECT, INSERT ON wallet, transfer, entry, allocation, entry_seal TO tradewind_app;

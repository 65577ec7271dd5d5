-- works with: 0025
-- After the seal (DOMAIN 6; docs/decisions/0027-after-the-seal.md): acknowledgements, disputes, payments. Locks: ACCESS EXCLUSIVE
-- for a moment on `policy` and `statement`, without rewriting a row; SHARE ROW EXCLUSIVE on what the new tables point at. A program
-- before this one reads none of it. It seals a statement with disputes settled in it without saying so in `disputed_amount`, which
-- `verify` finds: settle disputes once every node is new.

ALTER TABLE policy ADD COLUMN payment_needs_second_person boolean NOT NULL DEFAULT false;

-- Of corrections, discounts that settled disputes gave back: by so much less is payable.
ALTER TABLE statement ADD COLUMN disputed_amount bigint NOT NULL DEFAULT 0 CHECK (disputed_amount >= 0);

-- The supplier agrees with a sealed statement. Insert-only.
CREATE TABLE acknowledgement (
    retailer_id uuid NOT NULL,
    statement_id uuid NOT NULL,
    supplier_id uuid NOT NULL REFERENCES supplier,
    acknowledged_by_person uuid NOT NULL,
    acknowledged_by_key uuid NOT NULL,
    acknowledged_at timestamptz NOT NULL,
    PRIMARY KEY (retailer_id, statement_id),
    FOREIGN KEY (retailer_id, statement_id) REFERENCES statement
);

-- The supplier says that a line of a sealed statement is wrong. What is upheld goes back in the open statement, by another person
-- than who upheld it.
CREATE TABLE dispute (
    retailer_id uuid NOT NULL,
    dispute_id uuid NOT NULL,
    statement_id uuid NOT NULL,
    wallet_id uuid NOT NULL,
    supplier_id uuid NOT NULL REFERENCES supplier,
    -- The line: a transfer that paid a discount, and the account that paid it.
    line_id uuid NOT NULL,
    redemption_id uuid NOT NULL,
    account_id uuid NOT NULL,
    campaign_id uuid NOT NULL,
    -- The wallet paid it for what no budget paid.
    is_borne boolean NOT NULL,
    state text NOT NULL CHECK (state IN ('open', 'upheld', 'settled', 'rejected', 'withdrawn')),
    amount bigint NOT NULL CHECK (amount > 0),
    reason text NOT NULL,
    opened_by_person uuid NOT NULL,
    opened_by_key uuid NOT NULL,
    opened_at timestamptz NOT NULL,
    -- Who upheld, rejected or withdrew it, and the retailer's answer.
    answer text,
    decided_by_person uuid,
    decided_by_key uuid,
    decided_at timestamptz,
    upheld_amount bigint CHECK (upheld_amount BETWEEN 1 AND amount),
    -- Of the fee, what went back with it.
    fee_amount bigint NOT NULL DEFAULT 0 CHECK (fee_amount >= 0),
    settled_by_person uuid,
    settled_by_key uuid,
    settled_at timestamptz,
    transfer_id uuid,
    fee_transfer_id uuid,
    PRIMARY KEY (retailer_id, dispute_id),
    FOREIGN KEY (retailer_id, statement_id) REFERENCES statement,
    FOREIGN KEY (retailer_id, wallet_id) REFERENCES wallet,
    FOREIGN KEY (retailer_id, line_id) REFERENCES transfer,
    FOREIGN KEY (retailer_id, account_id) REFERENCES account,
    FOREIGN KEY (retailer_id, transfer_id) REFERENCES transfer,
    FOREIGN KEY (retailer_id, fee_transfer_id) REFERENCES transfer,
    CHECK ((state = 'open') = (decided_by_person IS NULL) AND (state = 'open') = (decided_at IS NULL)),
    CHECK ((state IN ('upheld', 'settled')) = (upheld_amount IS NOT NULL)),
    CHECK ((state IN ('upheld', 'settled', 'rejected')) = (answer IS NOT NULL)),
    CHECK ((state = 'settled') = (settled_at IS NOT NULL) AND (state = 'settled') = (transfer_id IS NOT NULL)),
    CHECK ((fee_amount > 0) = (fee_transfer_id IS NOT NULL)),
    CONSTRAINT dispute_two_persons CHECK (state <> 'settled' OR settled_by_person <> decided_by_person)
);
-- A line is disputed once; what was withdrawn may be said again.
CREATE UNIQUE INDEX dispute_once ON dispute (retailer_id, line_id) WHERE state <> 'withdrawn';
CREATE INDEX dispute_by_statement ON dispute (retailer_id, statement_id);
-- What a return of the same line finds given back.
CREATE INDEX dispute_settled ON dispute (retailer_id, redemption_id) WHERE state = 'settled';

-- What the owner of a wallet owes the retailer, paid: from payable into clearing when it is ordered, from there to the bank.
CREATE TABLE payment (
    retailer_id uuid NOT NULL,
    payment_id uuid NOT NULL,
    wallet_id uuid NOT NULL,
    -- Null: of the retailer's own wallet.
    supplier_id uuid REFERENCES supplier,
    state text NOT NULL CHECK (state IN ('ordered', 'paid', 'cancelled')),
    -- Netted: the retailer holds the money already.
    method text NOT NULL CHECK (method IN ('bank', 'netted')),
    amount bigint NOT NULL CHECK (amount > 0),
    ordered_by_person uuid NOT NULL,
    ordered_by_key uuid NOT NULL,
    ordered_at timestamptz NOT NULL,
    settlement_transfer_id uuid NOT NULL,
    bank_reference text COLLATE "C",
    paid_on date,
    ended_by_person uuid,
    ended_by_key uuid,
    ended_at timestamptz,
    cancel_reason text,
    -- Of the payment, or what took the settlement back.
    end_transfer_id uuid,
    PRIMARY KEY (retailer_id, payment_id),
    FOREIGN KEY (retailer_id, wallet_id) REFERENCES wallet,
    FOREIGN KEY (retailer_id, settlement_transfer_id) REFERENCES transfer,
    FOREIGN KEY (retailer_id, end_transfer_id) REFERENCES transfer,
    CHECK ((state = 'ordered') = (ended_at IS NULL) AND (state = 'ordered') = (end_transfer_id IS NULL)),
    CHECK ((state = 'paid') = (paid_on IS NOT NULL)),
    CHECK ((state = 'cancelled') = (cancel_reason IS NOT NULL)),
    CONSTRAINT payment_has_reference CHECK (state <> 'paid' OR method = 'netted' OR bank_reference IS NOT NULL),
    CHECK (bank_reference IS NULL OR state = 'paid')
);
CREATE UNIQUE INDEX payment_bank_reference_once ON payment (retailer_id, bank_reference) WHERE bank_reference IS NOT NULL;
-- What clearing holds, and since when.
CREATE INDEX payment_ordered ON payment (retailer_id, ordered_at) WHERE state = 'ordered';

-- The statements that a payment settles, each in one payment that was not cancelled. Below zero: more came back than was given.
CREATE TABLE payment_statement (
    retailer_id uuid NOT NULL,
    payment_id uuid NOT NULL,
    statement_id uuid NOT NULL,
    supplier_id uuid REFERENCES supplier,
    owed_amount bigint NOT NULL,
    is_released boolean NOT NULL DEFAULT false,
    PRIMARY KEY (retailer_id, payment_id, statement_id),
    FOREIGN KEY (retailer_id, payment_id) REFERENCES payment,
    FOREIGN KEY (retailer_id, statement_id) REFERENCES statement
);
CREATE UNIQUE INDEX payment_statement_once ON payment_statement (retailer_id, statement_id) WHERE NOT is_released;

SELECT fence_tenant(name) FROM unnest(ARRAY['acknowledgement', 'dispute', 'payment', 'payment_statement']) AS name;
SELECT fence_supplier(name) FROM unnest(ARRAY['acknowledgement', 'dispute', 'payment', 'payment_statement']) AS name;
SELECT fence_writes(name) FROM unnest(ARRAY['payment', 'payment_statement']) AS name;
-- A supplier opens disputes and takes them back; the retailer alone upholds and settles them.
CREATE POLICY opened_by_supplier ON dispute AS RESTRICTIVE FOR INSERT TO tradewind_app WITH CHECK (state = 'open');
CREATE POLICY decided_by_retailer ON dispute AS RESTRICTIVE FOR UPDATE TO tradewind_app
    USING (true) WITH CHECK (current_setting('app.actor', true) = 'retailer' OR state = 'withdrawn');

GRANT SELECT, INSERT ON acknowledgement TO tradewind_app;
GRANT SELECT, INSERT, UPDATE ON dispute, payment, payment_statement TO tradewind_app;

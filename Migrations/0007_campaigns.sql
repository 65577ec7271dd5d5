-- Campaigns (DOMAIN 5 and 17), their versions, money, limits and forecasts. All new tables: no locks that matter.

CREATE TABLE campaign (
    retailer_id uuid NOT NULL REFERENCES retailer,
    campaign_id uuid NOT NULL,
    -- Null: the retailer's own campaign.
    supplier_id uuid REFERENCES supplier,
    agreement_id uuid,
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    state text NOT NULL CHECK (state IN ('draft', 'submitted', 'changes_requested', 'rejected', 'approved', 'scheduled',
        'running', 'paused', 'ended', 'settling', 'closed', 'cancelled')),
    -- The version that is drafted, or that was approved and runs.
    version bigint NOT NULL DEFAULT 1,
    -- Local times in each store's zone (DOMAIN 11).
    starts_at timestamp NOT NULL,
    ends_at timestamp NOT NULL,
    approved_version bigint,
    approved_at timestamptz,
    launched_at timestamptz,
    paused_by text CHECK (paused_by IN ('retailer', 'supplier', 'platform')),
    pause_reason text,
    -- Since when it is paused, also where it ended so: sales made before it still pay.
    paused_at timestamptz,
    ended_at timestamptz,
    settles_until date,
    closed_at timestamptz,
    -- Rises with every change; the ETag of edits.
    revision bigint NOT NULL DEFAULT 1,
    created_by_person uuid,
    created_by_key uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (retailer_id, campaign_id),
    FOREIGN KEY (retailer_id, agreement_id, supplier_id) REFERENCES agreement (retailer_id, agreement_id, supplier_id),
    CONSTRAINT campaign_owner CHECK ((supplier_id IS NULL) = (agreement_id IS NULL)),
    CONSTRAINT campaign_period CHECK (starts_at < ends_at),
    CONSTRAINT campaign_pause CHECK ((state = 'paused') = (paused_by IS NOT NULL))
);
CREATE INDEX campaign_by_supplier ON campaign (retailer_id, supplier_id, campaign_id);
CREATE INDEX campaign_in_force ON campaign (retailer_id, state) WHERE state IN ('scheduled', 'running', 'paused', 'settling');

-- What is drafted, approved and run: tagged unions with typed parsing in Campaigns. Immutable once submitted.
CREATE TABLE campaign_version (
    retailer_id uuid NOT NULL,
    campaign_id uuid NOT NULL,
    -- The campaign's, for the fence.
    supplier_id uuid REFERENCES supplier,
    version bigint NOT NULL,
    eligibility jsonb NOT NULL,
    condition jsonb NOT NULL,
    reward jsonb NOT NULL,
    limits jsonb NOT NULL,
    presentation jsonb NOT NULL,
    budget_amount bigint NOT NULL CHECK (budget_amount BETWEEN 0 AND 1000000000000000),
    holdout_bp int NOT NULL DEFAULT 0 CHECK (holdout_bp BETWEEN 0 AND 5000),
    fee_bp int NOT NULL DEFAULT 0 CHECK (fee_bp BETWEEN 0 AND 10000),
    follow_catalogue boolean NOT NULL DEFAULT false,
    submitted_at timestamptz,
    submitted_by_person uuid,
    edited_by_person uuid,
    edited_by_key uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (retailer_id, campaign_id, version),
    FOREIGN KEY (retailer_id, campaign_id) REFERENCES campaign
);

-- The products of a version, resolved within the agreement's scope at submit and frozen, with the price they had then.
CREATE TABLE campaign_product (
    retailer_id uuid NOT NULL,
    campaign_id uuid NOT NULL,
    supplier_id uuid REFERENCES supplier,
    version bigint NOT NULL,
    product_id text COLLATE "C" NOT NULL,
    product_ordinal int NOT NULL,
    recorded_base_amount bigint,
    discount_max_per_unit bigint NOT NULL CHECK (discount_max_per_unit >= 0),
    withdrawn_at timestamptz,
    withdrawn_reason text,
    PRIMARY KEY (retailer_id, campaign_id, version, product_id),
    FOREIGN KEY (retailer_id, campaign_id, version) REFERENCES campaign_version,
    FOREIGN KEY (retailer_id, product_id) REFERENCES product
);
CREATE INDEX campaign_product_by_product ON campaign_product (retailer_id, product_ordinal);

-- The stores of a version; none means all of the agreement's scope.
CREATE TABLE campaign_store (
    retailer_id uuid NOT NULL,
    campaign_id uuid NOT NULL,
    supplier_id uuid REFERENCES supplier,
    version bigint NOT NULL,
    store_id text COLLATE "C" NOT NULL,
    store_ordinal int NOT NULL,
    withdrawn_at timestamptz,
    withdrawn_reason text,
    PRIMARY KEY (retailer_id, campaign_id, version, store_id),
    FOREIGN KEY (retailer_id, campaign_id, version) REFERENCES campaign_version,
    FOREIGN KEY (retailer_id, store_id) REFERENCES store
);

-- Who pays which share: one account for each funding wallet (DOMAIN 6).
CREATE TABLE campaign_funding (
    retailer_id uuid NOT NULL,
    campaign_id uuid NOT NULL,
    supplier_id uuid REFERENCES supplier,
    place int NOT NULL,
    wallet_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('percent', 'amount_per_unit', 'remainder')),
    -- Basis points, or minor units a unit; 0 for the remainder.
    value bigint NOT NULL CHECK (value >= 0),
    cap_amount bigint CHECK (cap_amount > 0),
    -- The budget that this wallet put in at launch, fee included.
    budget_amount bigint CHECK (budget_amount >= 0),
    account_id uuid,
    PRIMARY KEY (retailer_id, campaign_id, place),
    UNIQUE (retailer_id, campaign_id, wallet_id),
    FOREIGN KEY (retailer_id, campaign_id) REFERENCES campaign,
    FOREIGN KEY (retailer_id, wallet_id) REFERENCES wallet,
    FOREIGN KEY (retailer_id, account_id) REFERENCES account,
    CHECK ((account_id IS NULL) = (budget_amount IS NULL))
);

-- Each decision on a version, and by whom: approvals compare persons.
CREATE TABLE campaign_decision (
    retailer_id uuid NOT NULL,
    campaign_id uuid NOT NULL,
    supplier_id uuid REFERENCES supplier,
    decision_id uuid NOT NULL,
    version bigint NOT NULL,
    decision text NOT NULL CHECK (decision IN ('approved', 'auto_approved', 'rejected', 'changes_requested', 'lapsed')),
    comment text NOT NULL DEFAULT '',
    person_id uuid,
    key_id uuid NOT NULL,
    decided_at timestamptz NOT NULL,
    PRIMARY KEY (retailer_id, campaign_id, decision_id),
    FOREIGN KEY (retailer_id, campaign_id, version) REFERENCES campaign_version
);

-- Generic counters of what is used and held of a limit; later rewards read them too. `subject` is a shopper_key, a
-- receipt, a store, or '' for the campaign; `period` is '' or the first day of a day or week.
CREATE TABLE limit_counter (
    retailer_id uuid NOT NULL,
    campaign_id uuid NOT NULL,
    counter text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL DEFAULT '',
    period text COLLATE "C" NOT NULL DEFAULT '',
    used bigint NOT NULL DEFAULT 0 CHECK (used >= 0),
    held bigint NOT NULL DEFAULT 0 CHECK (held >= 0),
    limit_units bigint NOT NULL CHECK (limit_units >= 0),
    PRIMARY KEY (retailer_id, campaign_id, counter, subject, period),
    CONSTRAINT limit_counter_never_above CHECK (used + held <= limit_units),
    FOREIGN KEY (retailer_id, campaign_id) REFERENCES campaign
) WITH (fillfactor = 70);

-- What was expected, kept to be compared with what came.
CREATE TABLE campaign_forecast (
    retailer_id uuid NOT NULL,
    campaign_id uuid NOT NULL,
    supplier_id uuid REFERENCES supplier,
    forecast_id uuid NOT NULL,
    version bigint NOT NULL,
    as_of date NOT NULL,
    forecast jsonb NOT NULL,
    made_at timestamptz NOT NULL,
    PRIMARY KEY (retailer_id, campaign_id, forecast_id),
    FOREIGN KEY (retailer_id, campaign_id, version) REFERENCES campaign_version
);

-- Who was in the audience at launch (`frozen`), or who was ever let in (`live`): a roaring bitmap of shopper keys,
-- holdout already taken out and kept apart.
CREATE TABLE campaign_members (
    retailer_id uuid NOT NULL,
    campaign_id uuid NOT NULL,
    version bigint NOT NULL,
    shown bytea NOT NULL,
    holdout bytea NOT NULL,
    counted bigint NOT NULL,
    as_of date NOT NULL,
    made_at timestamptz NOT NULL,
    PRIMARY KEY (retailer_id, campaign_id, version),
    FOREIGN KEY (retailer_id, campaign_id, version) REFERENCES campaign_version
);

SELECT fence_tenant(name) FROM unnest(ARRAY['campaign', 'campaign_version', 'campaign_product', 'campaign_store',
    'campaign_funding', 'campaign_decision', 'limit_counter', 'campaign_forecast', 'campaign_members']) AS name;
SELECT fence_supplier(name) FROM unnest(ARRAY['campaign', 'campaign_version', 'campaign_product', 'campaign_store',
    'campaign_funding', 'campaign_decision', 'campaign_forecast']) AS name;
CREATE POLICY no_supplier ON campaign_members AS RESTRICTIVE TO tradewind_app
    USING (current_setting('app.actor', true) = 'retailer');

GRANT SELECT, INSERT, UPDATE ON campaign, campaign_version, campaign_product, campaign_store, campaign_funding,
    limit_counter, campaign_members TO tradewind_app;
GRANT DELETE ON campaign_product, campaign_store, campaign_funding TO tradewind_app;
GRANT SELECT, INSERT ON campaign_decision, campaign_forecast TO tradewind_app;

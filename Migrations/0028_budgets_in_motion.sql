-- works with: 0027
-- How fast campaigns may spend, and what launched ones may become (docs/decisions/0028-budgets-while-campaigns-run.md). Locks: ACCESS
-- EXCLUSIVE for a moment on `campaign`, `campaign_version`, `held_discount` and `redemption_return`, SHARE ROW EXCLUSIVE on what the new
-- table points at; no row is rewritten. A program before this one counts nothing for a pace, and does not take what a smaller budget
-- gave back off the budget: draft no pace and change no launched campaign until every node is new.

-- Caps in minor units and whether it is even; NULL: none.
ALTER TABLE campaign_version ADD COLUMN pacing jsonb;
-- The discount's money is kept of its campaign's pace too.
ALTER TABLE held_discount ADD COLUMN is_paced boolean NOT NULL DEFAULT false;
-- What went back to the pace of its campaign, minor units.
ALTER TABLE redemption_return ADD COLUMN paced_amount bigint NOT NULL DEFAULT 0 CHECK (paced_amount >= 0);

-- What a change approved beyond the version: NULL where its budget, and its end, are what was approved with it.
ALTER TABLE campaign ADD COLUMN raised_budget_amount bigint CHECK (raised_budget_amount BETWEEN 1 AND 1000000000000000);
ALTER TABLE campaign ADD COLUMN approved_ends_at timestamp;

-- What was wanted, by whom, and what became of it.
CREATE TABLE campaign_change (
    retailer_id uuid NOT NULL,
    campaign_id uuid NOT NULL,
    change_id uuid NOT NULL,
    -- The campaign's, for the fence.
    supplier_id uuid REFERENCES supplier,
    state text NOT NULL CHECK (state IN ('proposed', 'applied', 'rejected', 'withdrawn')),
    -- What the wallets put in, minor units.
    budget_before bigint CHECK (budget_before >= 0),
    budget_after bigint CHECK (budget_after > 0),
    ends_before timestamp,
    ends_after timestamp,
    reason text NOT NULL,
    side text NOT NULL CHECK (side IN ('retailer', 'supplier')),
    proposed_by_person uuid,
    proposed_by_key uuid NOT NULL,
    proposed_at timestamptz NOT NULL,
    comment text NOT NULL DEFAULT '',
    decided_by_person uuid,
    decided_by_key uuid,
    decided_at timestamptz,
    PRIMARY KEY (retailer_id, campaign_id, change_id),
    FOREIGN KEY (retailer_id, campaign_id) REFERENCES campaign,
    CONSTRAINT campaign_change_steps CHECK ((budget_before IS NULL) = (budget_after IS NULL)
        AND (ends_before IS NULL) = (ends_after IS NULL) AND (budget_after IS NOT NULL OR ends_after IS NOT NULL)),
    CONSTRAINT campaign_change_end CHECK ((state = 'proposed') = (decided_at IS NULL)
        AND (decided_at IS NULL) = (decided_by_key IS NULL))
);
-- One waits at a time.
CREATE UNIQUE INDEX campaign_change_waits ON campaign_change (retailer_id, campaign_id) WHERE state = 'proposed';

SELECT fence_tenant('campaign_change');
SELECT fence_supplier('campaign_change');
GRANT SELECT, INSERT, UPDATE ON campaign_change TO tradewind_app;

-- works with: 0030
-- Launched campaigns become about other products or another audience by a new version, which is in force from a business day on
-- (docs/decisions/0032-campaigns-in-motion.md); and suppliers' feeds past what went of the log. Locks: ACCESS EXCLUSIVE for a moment on
-- `campaign`, `campaign_version`, `log_head` and `campaign_change`, whose few rows are checked; no row is rewritten. A program before this one takes a new version for what the
-- campaign always was: approve no change of products or audience before every node is new.

-- The version with which it was launched, where it has had another since: then all between it and `version` were or will be in force.
ALTER TABLE campaign ADD COLUMN launched_version bigint CHECK (launched_version <= version);
-- The first business day of a version that a change made.
ALTER TABLE campaign_version ADD COLUMN in_force_from date;

-- The products as they are named, those that this meant when it was wanted, and how many there were before.
ALTER TABLE campaign_change
    ADD COLUMN products jsonb,
    ADD COLUMN product_ids text[] COLLATE "C" NOT NULL DEFAULT '{}',
    ADD COLUMN products_before bigint CHECK (products_before >= 0),
    ADD COLUMN eligibility_before jsonb,
    ADD COLUMN eligibility_after jsonb,
    -- What it made.
    ADD COLUMN made_version bigint,
    ADD COLUMN in_force_from date,
    DROP CONSTRAINT campaign_change_steps,
    ADD CONSTRAINT campaign_change_steps CHECK ((budget_before IS NULL) = (budget_after IS NULL)
        AND (ends_before IS NULL) = (ends_after IS NULL)
        AND (eligibility_before IS NULL) = (eligibility_after IS NULL)
        AND (products IS NULL) = (products_before IS NULL) AND (products IS NULL) = (product_ids = '{}')
        AND (budget_after IS NOT NULL OR ends_after IS NOT NULL OR products IS NOT NULL OR eligibility_after IS NOT NULL)),
    ADD CONSTRAINT campaign_change_version CHECK ((made_version IS NULL) = (in_force_from IS NULL)
        AND (made_version IS NULL OR state = 'applied' AND (products IS NOT NULL OR eligibility_after IS NOT NULL)));

-- Suppliers read the log past what went of it, unless some of that named them. Up to which position of what went is of events that
-- named a supplier; no row: none did.
CREATE TABLE pruned_of_supplier (
    retailer_id uuid NOT NULL REFERENCES retailer,
    supplier_id uuid NOT NULL REFERENCES supplier,
    position bigint NOT NULL CHECK (position > 0),
    PRIMARY KEY (retailer_id, supplier_id)
) WITH (fillfactor = 50);
SELECT fence_tenant('pruned_of_supplier');
SELECT fence_supplier('pruned_of_supplier');
GRANT SELECT ON pruned_of_supplier TO tradewind_app;
GRANT SELECT, INSERT, UPDATE ON pruned_of_supplier TO tradewind_worker;
-- Up to where nobody wrote down whom it named: what went before this, and what a program before this one lets go meanwhile, which
-- leaves `pruned_told` behind `pruned_position`.
ALTER TABLE log_head ADD COLUMN pruned_untold bigint NOT NULL DEFAULT 0;
ALTER TABLE log_head ADD COLUMN pruned_told bigint NOT NULL DEFAULT 0;

-- works with: 0028
-- The choice of offers for each shopper (docs/decisions/0031-the-choice-for-each-shopper.md): its settings, and the log of what was
-- decided (DOMAIN 17). Locks: ACCESS EXCLUSIVE for a moment on `policy`; no row is rewritten. A program before this one promises every
-- campaign to all of its members and logs nothing: change none of the settings until every node is new.

ALTER TABLE policy
    ADD COLUMN offers_per_shopper_max int CHECK (offers_per_shopper_max BETWEEN 1 AND 200),
    ADD COLUMN offers_per_shopper_week_max int CHECK (offers_per_shopper_week_max BETWEEN 1 AND 200),
    ADD COLUMN competitor_separation text NOT NULL DEFAULT 'none' CHECK (competitor_separation IN ('none', 'category')),
    -- Parallel arrays: who bought which category.
    ADD COLUMN exclusive_categories text[] COLLATE "C" NOT NULL DEFAULT '{}',
    ADD COLUMN exclusive_suppliers uuid[] NOT NULL DEFAULT '{}',
    ADD COLUMN slots text NOT NULL DEFAULT 'best' CHECK (slots IN ('best', 'fair')),
    ADD COLUMN fatigue_periods int CHECK (fatigue_periods BETWEEN 1 AND 52),
    ADD CONSTRAINT policy_exclusivity CHECK (cardinality(exclusive_categories) = cardinality(exclusive_suppliers)
        AND cardinality(exclusive_categories) <= 100);

-- What was decided for a fixed sample of one shopper in a hundred: parallel arrays, one element for each campaign whose
-- audience holds the shopper. A campaign that starts in mid-period joins its period's row.
CREATE TABLE offer_decision (
    retailer_id uuid NOT NULL REFERENCES retailer,
    shopper_key bigint NOT NULL,
    period_starts_on date NOT NULL,
    period_ends_on date NOT NULL,
    -- Of the newest element.
    decided_at timestamptz NOT NULL,
    campaigns uuid[] NOT NULL,
    -- The version of the model that scored.
    models text[] NOT NULL,
    -- Thousandths of log odds, and what pacing adds to them.
    scores int[] NOT NULL,
    pacing int[] NOT NULL,
    depths_bp int[] NOT NULL,
    -- `chosen`, or why not.
    verdicts text[] NOT NULL,
    -- How probable it was, before the holdout was drawn, that the offer is shown to this shopper.
    shown_bp int[] NOT NULL,
    PRIMARY KEY (retailer_id, shopper_key, period_starts_on),
    CONSTRAINT offer_decision_parallel CHECK (cardinality(campaigns) = ALL (ARRAY[cardinality(models), cardinality(scores),
        cardinality(pacing), cardinality(depths_bp), cardinality(verdicts), cardinality(shown_bp)]))
);
CREATE INDEX offer_decision_by_end ON offer_decision (retailer_id, period_ends_on);

SELECT fence_tenant('offer_decision');
CREATE POLICY no_supplier ON offer_decision AS RESTRICTIVE TO tradewind_app
    USING (current_setting('app.actor', true) = 'retailer');
GRANT SELECT, INSERT, UPDATE, DELETE ON offer_decision TO tradewind_app;

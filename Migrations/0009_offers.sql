-- What shoppers were shown: promises (DOMAIN 4). All new tables: no locks that matter.

-- Ranking's outcome for a campaign and an offer period: one roaring bitmap of shopper keys for each depth.
-- `depth_bp` 0: the campaign's own reward.
CREATE TABLE offer_grant (
    retailer_id uuid NOT NULL,
    campaign_id uuid NOT NULL,
    period_starts_on date NOT NULL,
    depth_bp int NOT NULL DEFAULT 0 CHECK (depth_bp BETWEEN 0 AND 10000),
    period_ends_on date NOT NULL,
    campaign_version bigint NOT NULL,
    members bytea NOT NULL,
    -- Those of the members to whom something may be pushed, as they were when it was granted.
    pushed bytea NOT NULL,
    counted bigint NOT NULL CHECK (counted >= 0),
    units bigint,
    source text NOT NULL CHECK (source IN ('ranking', 'activation')),
    state text NOT NULL CHECK (state IN ('in_force', 'withdrawn')),
    -- Events name all of `pushed` up to this key; `is_told`: all of them.
    told_through bigint NOT NULL DEFAULT 0,
    is_told boolean NOT NULL,
    granted_at timestamptz NOT NULL,
    withdrawn_at timestamptz,
    withdrawn_reason text CHECK (withdrawn_reason IN ('paused', 'ended', 'budget_exhausted')),
    PRIMARY KEY (retailer_id, campaign_id, period_starts_on, depth_bp),
    FOREIGN KEY (retailer_id, campaign_id, campaign_version) REFERENCES campaign_version,
    CONSTRAINT offer_grant_period CHECK (period_starts_on <= period_ends_on),
    CONSTRAINT offer_grant_withdrawal CHECK ((state = 'withdrawn') = (withdrawn_at IS NOT NULL)
        AND (withdrawn_at IS NULL) = (withdrawn_reason IS NULL))
);
CREATE INDEX offer_grant_in_force ON offer_grant (retailer_id, period_ends_on) WHERE state = 'in_force';

SELECT fence_tenant('offer_grant');
CREATE POLICY no_supplier ON offer_grant AS RESTRICTIVE TO tradewind_app
    USING (current_setting('app.actor', true) = 'retailer');

GRANT SELECT, INSERT, UPDATE ON offer_grant TO tradewind_app;
GRANT SELECT ON offer_grant TO tradewind_worker;

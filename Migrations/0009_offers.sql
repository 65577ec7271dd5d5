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
    -- What the messages say of the offer; made when the first of them is logged, and again after a pause.
    content_id uuid,
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

-- What messages say of an offer apart from whom they are for, frozen: `offers.published` is rendered from it when it is
-- sent, so that each try sends the same bytes whatever became of prices, words and policies since.
CREATE TABLE offer_content (
    retailer_id uuid NOT NULL,
    content_id uuid NOT NULL,
    campaign_id uuid NOT NULL,
    -- An object of JSON, byte for byte.
    body bytea NOT NULL,
    made_at timestamptz NOT NULL,
    PRIMARY KEY (retailer_id, content_id),
    FOREIGN KEY (retailer_id, campaign_id) REFERENCES campaign
);
ALTER TABLE offer_grant ADD FOREIGN KEY (retailer_id, content_id) REFERENCES offer_content;

SELECT fence_tenant(name) FROM unnest(ARRAY['offer_grant', 'offer_content']) AS name;
CREATE POLICY no_supplier ON offer_grant AS RESTRICTIVE TO tradewind_app
    USING (current_setting('app.actor', true) = 'retailer');
CREATE POLICY no_supplier ON offer_content AS RESTRICTIVE TO tradewind_app
    USING (current_setting('app.actor', true) = 'retailer');

GRANT SELECT, INSERT, UPDATE ON offer_grant TO tradewind_app;
GRANT SELECT, INSERT ON offer_content TO tradewind_app;
GRANT SELECT ON offer_grant TO tradewind_worker;

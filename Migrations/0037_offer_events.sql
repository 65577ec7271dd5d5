-- works with: 0027
-- What apps tell of offers: seen, clicked, activated (docs/offers.md, "What the app tells"). New tables, and columns with a default: no
-- locks that matter. A program before this one pays for a campaign that needs activation without any: draft none before every node is
-- new.

ALTER TABLE campaign_version ADD COLUMN needs_activation boolean NOT NULL DEFAULT false;
ALTER TABLE policy ADD COLUMN fatigue_impressions int CHECK (fatigue_impressions BETWEEN 1 AND 1000);

-- Who has activated a campaign's offer; it stands as long as the campaign.
CREATE TABLE offer_activation (
    retailer_id uuid NOT NULL,
    campaign_id uuid NOT NULL,
    shopper_key bigint NOT NULL,
    activated_at timestamptz NOT NULL,
    PRIMARY KEY (retailer_id, campaign_id, shopper_key),
    FOREIGN KEY (retailer_id, campaign_id) REFERENCES campaign
);
CREATE INDEX offer_activation_by_shopper ON offer_activation (retailer_id, shopper_key);

-- How often a shopper saw and clicked a campaign's offer. What is not later than the last is known already, or too late to count.
CREATE TABLE offer_attention (
    retailer_id uuid NOT NULL,
    campaign_id uuid NOT NULL,
    shopper_key bigint NOT NULL,
    impressions bigint NOT NULL DEFAULT 0 CHECK (impressions >= 0),
    clicks bigint NOT NULL DEFAULT 0 CHECK (clicks >= 0),
    seen_at timestamptz,
    clicked_at timestamptz,
    PRIMARY KEY (retailer_id, campaign_id, shopper_key),
    FOREIGN KEY (retailer_id, campaign_id) REFERENCES campaign
) WITH (fillfactor = 70);
CREATE INDEX offer_attention_by_shopper ON offer_attention (retailer_id, shopper_key);

-- The same by campaign and business day, without shoppers, in some rows a day that are added up. `shoppers`: those who saw it for the
-- first time.
CREATE TABLE offer_reach (
    retailer_id uuid NOT NULL,
    campaign_id uuid NOT NULL,
    business_day date NOT NULL,
    slot smallint NOT NULL CHECK (slot BETWEEN 0 AND 15),
    impressions bigint NOT NULL CHECK (impressions >= 0),
    clicks bigint NOT NULL CHECK (clicks >= 0),
    activations bigint NOT NULL CHECK (activations >= 0),
    shoppers bigint NOT NULL CHECK (shoppers >= 0),
    PRIMARY KEY (retailer_id, campaign_id, business_day, slot),
    FOREIGN KEY (retailer_id, campaign_id) REFERENCES campaign
) WITH (fillfactor = 50);

SELECT fence_tenant(name) FROM unnest(ARRAY['offer_activation', 'offer_attention', 'offer_reach']) AS name;
CREATE POLICY no_supplier ON offer_activation AS RESTRICTIVE TO tradewind_app
    USING (current_setting('app.actor', true) = 'retailer');
CREATE POLICY no_supplier ON offer_attention AS RESTRICTIVE TO tradewind_app
    USING (current_setting('app.actor', true) = 'retailer');
CREATE POLICY no_supplier ON offer_reach AS RESTRICTIVE TO tradewind_app
    USING (current_setting('app.actor', true) = 'retailer');
GRANT SELECT, INSERT, UPDATE, DELETE ON offer_activation, offer_attention TO tradewind_app;
GRANT SELECT, INSERT, UPDATE ON offer_reach TO tradewind_app;

-- works with: 0030
-- Shares that others took over, and what campaigns spent without summing all of it (docs/decisions/0032-campaigns-in-motion.md). New
-- tables: no locks that matter. A program before this one knows no share that others took over: set the policy
-- `others_take_over` when every node is new.

-- What each wallet's account keeps of a held discount where others took over what one could not pay.
CREATE TABLE held_share (
    retailer_id uuid NOT NULL,
    quote_id uuid NOT NULL,
    line_no int NOT NULL,
    campaign_id uuid NOT NULL,
    account_id uuid NOT NULL,
    -- Before the fee.
    discount_amount bigint NOT NULL CHECK (discount_amount > 0),
    PRIMARY KEY (retailer_id, quote_id, line_no, campaign_id, account_id),
    FOREIGN KEY (retailer_id, quote_id, line_no, campaign_id) REFERENCES held_discount,
    FOREIGN KEY (retailer_id, account_id) REFERENCES account
);

-- How far the entries of a campaign's or a wallet's account were counted.
CREATE TABLE spend_counted (
    retailer_id uuid NOT NULL,
    account_id uuid NOT NULL,
    seq bigint NOT NULL CHECK (seq > 0),
    PRIMARY KEY (retailer_id, account_id),
    FOREIGN KEY (retailer_id, account_id) REFERENCES account
) WITH (fillfactor = 50);

-- What the counted entries of an account moved for a campaign: minor units, and redemptions on the first account that paid them.
CREATE TABLE campaign_spent (
    retailer_id uuid NOT NULL,
    campaign_id uuid NOT NULL,
    account_id uuid NOT NULL,
    put_in bigint NOT NULL,
    discounts bigint NOT NULL,
    fees bigint NOT NULL,
    returned bigint NOT NULL,
    units bigint NOT NULL,
    redemptions bigint NOT NULL,
    PRIMARY KEY (retailer_id, campaign_id, account_id),
    FOREIGN KEY (retailer_id, campaign_id) REFERENCES campaign,
    FOREIGN KEY (retailer_id, account_id) REFERENCES account
) WITH (fillfactor = 50);
CREATE INDEX campaign_spent_by_account ON campaign_spent (retailer_id, account_id);

SELECT fence_tenant(name) FROM unnest(ARRAY['held_share', 'spend_counted', 'campaign_spent']) AS name;
CREATE POLICY no_supplier ON held_share AS RESTRICTIVE TO tradewind_app
    USING (current_setting('app.actor', true) = 'retailer');
CREATE POLICY no_supplier ON spend_counted AS RESTRICTIVE TO tradewind_app
    USING (current_setting('app.actor', true) = 'retailer');
CREATE POLICY no_supplier ON campaign_spent AS RESTRICTIVE TO tradewind_app
    USING (current_setting('app.actor', true) = 'retailer');
GRANT SELECT, INSERT ON held_share TO tradewind_app;
GRANT SELECT, INSERT, UPDATE ON spend_counted, campaign_spent TO tradewind_app;

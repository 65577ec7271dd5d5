-- works with: 0037
-- Which depth each shopper of a campaign was assigned when it was first decided for them, those of the holdout too: what a campaign brings is
-- measured in each of these groups (docs/offers.md, "What it brought"). A new table: no locks that matter.
CREATE TABLE campaign_depth (
    retailer_id uuid NOT NULL,
    campaign_id uuid NOT NULL,
    depth_bp int NOT NULL CHECK (depth_bp BETWEEN 1 AND 10000),
    -- Compressed sets of shopper keys.
    shown bytea NOT NULL,
    holdout bytea NOT NULL,
    PRIMARY KEY (retailer_id, campaign_id, depth_bp),
    FOREIGN KEY (retailer_id, campaign_id) REFERENCES campaign
);
SELECT fence_tenant('campaign_depth');
CREATE POLICY no_supplier ON campaign_depth AS RESTRICTIVE TO tradewind_app
    USING (current_setting('app.actor', true) = 'retailer');
GRANT SELECT, INSERT, UPDATE ON campaign_depth TO tradewind_app;

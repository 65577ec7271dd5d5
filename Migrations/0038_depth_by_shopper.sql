-- works with: 0037
-- How deep a discount is for which shopper (docs/offers.md, "Who gets how much"). New columns with a default: no locks that matter. A
-- program before this one promises a campaign with such depths to everybody at its deepest: draft none before every node is new.

-- Which rules a retailer has switched on, and its thresholds; what is not named is as it begins.
ALTER TABLE policy ADD COLUMN depth_rules jsonb NOT NULL DEFAULT '{}';

-- The depth for each rule and for everybody else; null: the same for all.
ALTER TABLE campaign_version ADD COLUMN depth_by_shopper jsonb;

-- At which of a campaign's depths the shopper was promised the offer on the day of the sale; null where all get the same. Without a CHECK,
-- for which every redemption would be read under the lock.
ALTER TABLE redemption ADD COLUMN depth_bp int;

-- works with: 0024
-- How a retailer's offers stack on a line: the best of all, or the best of each group in a stated order (DOMAIN 2 and 7). Locks:
-- ACCESS EXCLUSIVE for a moment on `policy` and on `campaign_version`; no row is rewritten. A program before this one gives each
-- line its best single offer, and cannot read a reward on several lines together: draft none until every node is new.

ALTER TABLE policy ADD COLUMN stacking text NOT NULL DEFAULT 'best_offer' CHECK (stacking IN ('best_offer', 'in_order'));
-- Groups of campaigns, the first one first; those that are not named are the last group together.
ALTER TABLE policy ADD COLUMN stacking_order text[] NOT NULL DEFAULT '{}' CHECK (cardinality(stacking_order) <= 16);

-- The group of the campaign; "": none.
ALTER TABLE campaign_version ADD COLUMN stacking_group text NOT NULL DEFAULT '' CHECK (char_length(stacking_group) <= 64);

-- Erasure, merge and consent (DOMAIN 9). Additive: the program before this one runs on it. Locks: ACCESS
-- EXCLUSIVE for a moment on the tables that get a column; the indexes are built under a lock against writes.

-- Numbers a card apart from its shopper: a card's receipts go with it when it turns out to be somebody else's. Null where the
-- card or the receipt is older than this step: such receipts stay with their shopper.
ALTER TABLE shopper_card ADD COLUMN card_key bigint CHECK (card_key BETWEEN 1 AND 4294967295);
ALTER TABLE receipt ADD COLUMN card_key bigint;

-- Since when the flags say what they say: a sale made before it is judged by what was promised then.
ALTER TABLE shopper ADD COLUMN flags_changed_at timestamptz;

-- Two shoppers who were one had a limit each: what merging brought above the limit. It gives nothing more.
ALTER TABLE limit_counter ADD COLUMN over_units bigint NOT NULL DEFAULT 0 CHECK (over_units >= 0);
ALTER TABLE limit_counter DROP CONSTRAINT limit_counter_never_above;
ALTER TABLE limit_counter ADD CONSTRAINT limit_counter_never_above CHECK (used + held <= limit_units + over_units) NOT VALID;
ALTER TABLE limit_counter VALIDATE CONSTRAINT limit_counter_never_above;

-- What leads from a shopper's key to rows that change when it is erased or merged.
CREATE INDEX limit_counter_by_subject ON limit_counter (retailer_id, subject) WHERE subject <> '';
CREATE INDEX held_quote_by_shopper ON held_quote (retailer_id, shopper_key) WHERE shopper_key IS NOT NULL;
CREATE INDEX event_by_shopper ON event (retailer_id, shopper_key) WHERE shopper_key IS NOT NULL;

GRANT UPDATE (shopper_key) ON return_line, redemption TO tradewind_app;
GRANT UPDATE (body) ON receipt_quarantine TO tradewind_app;
GRANT UPDATE (detail, content) ON import_reject TO tradewind_app;
GRANT UPDATE (data) ON event TO tradewind_app;
GRANT DELETE ON limit_counter TO tradewind_app;

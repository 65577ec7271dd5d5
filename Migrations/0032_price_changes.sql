-- works with: 0028
-- Promises that a changed price ends (DOMAIN 4). Locks: ACCESS EXCLUSIVE for a moment on `offer_grant`, which is scanned for the
-- check; no row is rewritten. A program before this one reads the new reason as an end.

ALTER TABLE offer_grant DROP CONSTRAINT offer_grant_withdrawn_reason_check;
ALTER TABLE offer_grant ADD CONSTRAINT offer_grant_withdrawn_reason_check
    CHECK (withdrawn_reason IN ('paused', 'ended', 'budget_exhausted', 'price_changed')) NOT VALID;
ALTER TABLE offer_grant VALIDATE CONSTRAINT offer_grant_withdrawn_reason_check;

-- works with: 0037
-- How long the hold of an online order lives; null: as a till's. What one campaign's online orders hold together is found by `hold_pending`.
-- A column without a value: no row is written, and the table is locked for a moment.
ALTER TABLE policy ADD COLUMN online_hold_seconds int CHECK (online_hold_seconds BETWEEN 30 AND 604800);

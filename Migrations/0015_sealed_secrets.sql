-- works with: 0014
-- The service's own secrets are sealed with the master key, as endpoints' are (docs/secrets.md). What is stored in the clear
-- stays readable until `tradewind secrets rotate`. The program before this one reads and makes plain rows only: rotate when
-- every node is new. Locks: ACCESS EXCLUSIVE for a moment on a table of a few rows.

ALTER TABLE server_secret ALTER COLUMN secret DROP NOT NULL;
-- AES-GCM under the master key that key_id names; nonce, ciphertext and tag in one.
ALTER TABLE server_secret ADD COLUMN key_id text COLLATE "C";
ALTER TABLE server_secret ADD COLUMN sealed bytea CHECK (octet_length(sealed) = 12 + 32 + 16);
ALTER TABLE server_secret ADD CONSTRAINT server_secret_one_form
    CHECK ((secret IS NULL) = (sealed IS NOT NULL) AND (sealed IS NULL) = (key_id IS NULL));

-- A change of the master key seals anew what there is, one retailer at a time.
GRANT SELECT, UPDATE (secret, key_id, sealed) ON server_secret TO tradewind_worker;
GRANT UPDATE (key_id, sealed) ON endpoint_secret TO tradewind_worker;

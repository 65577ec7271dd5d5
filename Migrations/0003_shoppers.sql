-- Who shops: an internal key, and apart from it the retailer's ids that lead to it (DOMAIN 9). No names, phones or
-- e-mails. All new tables: no locks that matter.

-- `shopper_key` is dense within its retailer (ordinal_counter), so that it also numbers bits.
CREATE TABLE shopper (
    retailer_id uuid NOT NULL REFERENCES retailer,
    shopper_key bigint NOT NULL CHECK (shopper_key BETWEEN 1 AND 4294967295),
    kind text NOT NULL DEFAULT 'person' CHECK (kind IN ('person', 'employee', 'business', 'shared', 'test')),
    personal_offers boolean,
    push boolean NOT NULL DEFAULT true,
    adult text NOT NULL DEFAULT 'unknown' CHECK (adult IN ('yes', 'unknown')),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    erased_at timestamptz,
    -- The key that this one became; never one that was itself merged into another.
    merged_into bigint,
    PRIMARY KEY (retailer_id, shopper_key),
    FOREIGN KEY (retailer_id, merged_into) REFERENCES shopper,
    CHECK (merged_into <> shopper_key)
);
CREATE INDEX shopper_by_merged_into ON shopper (retailer_id, merged_into) WHERE merged_into IS NOT NULL;

-- The retailer's ids (cards, app accounts), many to one. The only table that knows them.
CREATE TABLE shopper_card (
    retailer_id uuid NOT NULL,
    shopper_id text COLLATE "C" NOT NULL CHECK (octet_length(shopper_id) BETWEEN 1 AND 128),
    shopper_key bigint NOT NULL,
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (retailer_id, shopper_id),
    FOREIGN KEY (retailer_id, shopper_key) REFERENCES shopper
);
CREATE INDEX shopper_card_by_key ON shopper_card (retailer_id, shopper_key);

-- Lists that the retailer uploads.
CREATE TABLE tag (
    retailer_id uuid NOT NULL REFERENCES retailer,
    tag text COLLATE "C" NOT NULL CHECK (octet_length(tag) BETWEEN 1 AND 64),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (retailer_id, tag)
);

CREATE TABLE shopper_tag (
    retailer_id uuid NOT NULL,
    tag text COLLATE "C" NOT NULL,
    shopper_key bigint NOT NULL,
    PRIMARY KEY (retailer_id, tag, shopper_key),
    FOREIGN KEY (retailer_id, tag) REFERENCES tag,
    FOREIGN KEY (retailer_id, shopper_key) REFERENCES shopper
);
CREATE INDEX shopper_tag_by_shopper ON shopper_tag (retailer_id, shopper_key);

SELECT fence_tenant(name) FROM unnest(ARRAY['shopper', 'shopper_card', 'tag', 'shopper_tag']) AS name;

-- A supplier's own unit of work counts shoppers, but never reads which card is whose.
CREATE POLICY no_supplier ON shopper_card AS RESTRICTIVE TO tradewind_app
    USING (current_setting('app.actor', true) = 'retailer');

GRANT SELECT, INSERT, UPDATE ON shopper, tag TO tradewind_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON shopper_card TO tradewind_app;
GRANT SELECT, INSERT, DELETE ON shopper_tag TO tradewind_app;
GRANT SELECT ON shopper, shopper_card TO tradewind_worker;

-- The retailer's own catalogue, under its own ids. All new tables: no locks that matter.
--
-- Stores and products also have a small dense number (`ordinal`) within their retailer, which receipts and bitmaps use.

-- Where each ordinal and shopper_key of a retailer comes from: the row is locked while a batch of new ones is taken.
CREATE TABLE ordinal_counter (
    retailer_id uuid NOT NULL REFERENCES retailer,
    kind text NOT NULL CHECK (kind IN ('store', 'product', 'shopper')),
    used bigint NOT NULL DEFAULT 0 CHECK (used BETWEEN 0 AND 4294967295),
    PRIMARY KEY (retailer_id, kind)
);

-- When each business day begins and ends in a time zone; the program knows no zones (docs/decisions/0003-time-zones.md).
-- Days of one zone and start tile the time; a date that the clocks skipped has no row. A reference table.
CREATE TABLE zone_day (
    zone text NOT NULL,
    day_starts_at_minutes int NOT NULL DEFAULT 0 CHECK (day_starts_at_minutes BETWEEN 0 AND 720),
    business_day date NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    -- The clock on the wall at starts_at, in minutes since midnight of business_day.
    wall_minutes_at_start int NOT NULL,
    -- When within the day the clocks are changed, and by how much: 60 where an hour is skipped, -60 where it comes twice.
    shift_at timestamptz,
    shift_minutes int,
    PRIMARY KEY (zone, day_starts_at_minutes, business_day),
    CHECK (starts_at < ends_at),
    CHECK ((shift_at IS NULL) = (shift_minutes IS NULL))
);

-- The first moment at which clocks in `zone` show `local`. PostgreSQL takes the later of two such moments; a clock that is
-- turned back is turned back by one hour (by half an hour on Lord Howe, where days start at midnight anyway).
CREATE FUNCTION zone_instant(zone text, local timestamp) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN (later.at - interval '1 hour') AT TIME ZONE zone = local
        THEN later.at - interval '1 hour' ELSE later.at END
    FROM (SELECT local AT TIME ZONE zone AS at) AS later
$$;

-- The change of the clocks within a span of about a day, to the minute; no row where there is none.
CREATE FUNCTION zone_shift(zone text, starts_at timestamptz, ends_at timestamptz)
RETURNS TABLE (at timestamptz, minutes int)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    offset_before interval := (starts_at AT TIME ZONE zone) - (starts_at AT TIME ZONE 'UTC');
    offset_after interval;
    last_minute timestamptz := ends_at - interval '1 minute';
BEGIN
    offset_after := (last_minute AT TIME ZONE zone) - (last_minute AT TIME ZONE 'UTC');
    IF offset_before = offset_after THEN
        RETURN;
    END IF;
    RETURN QUERY
        SELECT min(moment.at), (extract(epoch FROM offset_after - offset_before) / 60)::int
        FROM generate_series(starts_at, last_minute, interval '1 minute') AS moment (at)
        WHERE (moment.at AT TIME ZONE zone) - (moment.at AT TIME ZONE 'UTC') = offset_after;
END $$;

CREATE TABLE price_zone (
    retailer_id uuid NOT NULL REFERENCES retailer,
    price_zone_id text COLLATE "C" NOT NULL,
    name text NOT NULL,
    PRIMARY KEY (retailer_id, price_zone_id)
);

CREATE TABLE store (
    retailer_id uuid NOT NULL REFERENCES retailer,
    store_id text COLLATE "C" NOT NULL CHECK (octet_length(store_id) BETWEEN 1 AND 128),
    ordinal int NOT NULL,
    name text NOT NULL,
    region text COLLATE "C" NOT NULL DEFAULT '',
    format text NOT NULL DEFAULT '',
    price_zone_id text COLLATE "C",
    zone text NOT NULL,
    is_stub boolean NOT NULL DEFAULT false,
    closed_on date,
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (retailer_id, store_id),
    UNIQUE (retailer_id, ordinal),
    FOREIGN KEY (retailer_id, price_zone_id) REFERENCES price_zone
);

CREATE TABLE brand (
    retailer_id uuid NOT NULL REFERENCES retailer,
    brand_id text COLLATE "C" NOT NULL CHECK (octet_length(brand_id) BETWEEN 1 AND 128),
    name text NOT NULL,
    PRIMARY KEY (retailer_id, brand_id)
);

-- A tree. "In this category" is a recursive walk down to ids, then a look-up by product_by_category: look-ups in an array
-- column would not use their index under row-level security.
CREATE TABLE category (
    retailer_id uuid NOT NULL REFERENCES retailer,
    category_id text COLLATE "C" NOT NULL CHECK (octet_length(category_id) BETWEEN 1 AND 128),
    parent_id text COLLATE "C",
    name text NOT NULL,
    PRIMARY KEY (retailer_id, category_id),
    FOREIGN KEY (retailer_id, parent_id) REFERENCES category,
    CHECK (parent_id <> category_id)
);
CREATE INDEX category_by_parent ON category (retailer_id, parent_id);

-- `is_stub`: a till sold it before the catalogue knew it; reported to the retailer, never discounted.
CREATE TABLE product (
    retailer_id uuid NOT NULL REFERENCES retailer,
    product_id text COLLATE "C" NOT NULL CHECK (octet_length(product_id) BETWEEN 1 AND 128),
    ordinal int NOT NULL,
    name text NOT NULL,
    brand_id text COLLATE "C",
    category_id text COLLATE "C",
    unit text NOT NULL DEFAULT 'piece' CHECK (unit IN ('piece', 'kg', 'l', 'm')),
    vat_rate_bp int CHECK (vat_rate_bp BETWEEN 0 AND 10000),
    is_private_label boolean NOT NULL DEFAULT false,
    is_adult boolean NOT NULL DEFAULT false,
    is_stub boolean NOT NULL DEFAULT false,
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (retailer_id, product_id),
    UNIQUE (retailer_id, ordinal),
    FOREIGN KEY (retailer_id, brand_id) REFERENCES brand,
    FOREIGN KEY (retailer_id, category_id) REFERENCES category
);
CREATE INDEX product_by_brand ON product (retailer_id, brand_id);
CREATE INDEX product_by_category ON product (retailer_id, category_id);

-- Brand is not supplier: a product has maybe several, maybe none.
CREATE TABLE product_supplier (
    retailer_id uuid NOT NULL,
    product_id text COLLATE "C" NOT NULL,
    supplier_id uuid NOT NULL REFERENCES supplier,
    PRIMARY KEY (retailer_id, product_id, supplier_id),
    FOREIGN KEY (retailer_id, product_id) REFERENCES product
);
CREATE INDEX product_supplier_by_supplier ON product_supplier (retailer_id, supplier_id);

CREATE TABLE product_gtin (
    retailer_id uuid NOT NULL,
    gtin varchar(14) COLLATE "C" NOT NULL,
    product_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (retailer_id, gtin, product_id),
    FOREIGN KEY (retailer_id, product_id) REFERENCES product
);

-- Display, forecast and checks; the till's price wins (DOMAIN 2). A price of a store goes before one of its zone, that
-- before one of everywhere; of one place and kind the newest that is valid.
CREATE TABLE price (
    retailer_id uuid NOT NULL,
    product_id text COLLATE "C" NOT NULL,
    kind text NOT NULL CHECK (kind IN ('regular', 'card', 'promo')),
    place_kind text NOT NULL CHECK (place_kind IN ('everywhere', 'price_zone', 'store')),
    place_id text COLLATE "C" NOT NULL DEFAULT '',
    valid_from date NOT NULL,
    valid_to date,
    amount bigint NOT NULL CHECK (amount BETWEEN 0 AND 1000000000000000),
    PRIMARY KEY (retailer_id, product_id, kind, place_kind, place_id, valid_from),
    FOREIGN KEY (retailer_id, product_id) REFERENCES product,
    CHECK ((place_kind = 'everywhere') = (place_id = '')),
    CHECK (valid_from <= valid_to)
);

-- The minimum price of a product is the highest of its bounds in force. Suppliers never see one.
CREATE TABLE price_bound (
    retailer_id uuid NOT NULL,
    product_id text COLLATE "C" NOT NULL,
    kind text NOT NULL CHECK (kind IN ('cost', 'legal_minimum', 'floor')),
    price_zone_id text COLLATE "C" NOT NULL DEFAULT '',
    valid_from date NOT NULL,
    amount bigint NOT NULL CHECK (amount BETWEEN 0 AND 1000000000000000),
    PRIMARY KEY (retailer_id, product_id, kind, price_zone_id, valid_from),
    FOREIGN KEY (retailer_id, product_id) REFERENCES product
);

SELECT fence_tenant(name) FROM unnest(ARRAY['ordinal_counter', 'price_zone', 'store', 'brand', 'category', 'product',
    'product_supplier', 'product_gtin', 'price', 'price_bound']) AS name;

CREATE POLICY no_supplier ON price_bound AS RESTRICTIVE TO tradewind_app
    USING (current_setting('app.actor', true) = 'retailer');
SELECT fence_supplier('product_supplier');

GRANT SELECT, INSERT, UPDATE ON ordinal_counter TO tradewind_app;
GRANT SELECT, INSERT, UPDATE ON price_zone, store, brand, category, product, price, price_bound TO tradewind_app;
GRANT SELECT, INSERT, DELETE ON product_supplier, product_gtin TO tradewind_app;
GRANT SELECT, INSERT ON zone_day TO tradewind_app, tradewind_platform;
GRANT SELECT ON zone_day TO tradewind_worker;

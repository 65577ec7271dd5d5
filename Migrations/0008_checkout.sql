-- Quotes with a hold and redemptions: the money path (DOMAIN 1, 7, 8). All new tables: no locks that matter.

-- A quote that keeps money and limits until it is posted, released, replaced or expires. Quotes without a hold are
-- tokens and stand nowhere.
CREATE TABLE held_quote (
    retailer_id uuid NOT NULL REFERENCES retailer,
    quote_id uuid NOT NULL,
    basket_id text COLLATE "C" NOT NULL CHECK (octet_length(basket_id) BETWEEN 1 AND 128),
    store_ordinal int NOT NULL,
    shopper_key bigint,
    channel text NOT NULL CHECK (channel IN ('till', 'online')),
    state text NOT NULL CHECK (state IN ('pending', 'posted', 'released', 'replaced', 'expired')),
    business_day date NOT NULL,
    quoted_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    resolved_at timestamptz,
    PRIMARY KEY (retailer_id, quote_id),
    CHECK ((state = 'pending') = (resolved_at IS NULL))
) WITH (fillfactor = 70);
-- A basket has one live hold.
CREATE UNIQUE INDEX held_quote_one_for_basket ON held_quote (retailer_id, store_ordinal, basket_id) WHERE state = 'pending';
CREATE INDEX held_quote_due ON held_quote (retailer_id, expires_at) WHERE state = 'pending';

-- The frozen terms of one discount of a held quote.
CREATE TABLE held_discount (
    retailer_id uuid NOT NULL,
    quote_id uuid NOT NULL,
    line_no int NOT NULL,
    campaign_id uuid NOT NULL,
    campaign_version bigint NOT NULL,
    product_ordinal int NOT NULL,
    quantity_milli bigint NOT NULL CHECK (quantity_milli > 0),
    units bigint NOT NULL CHECK (units > 0),
    discount_amount bigint NOT NULL CHECK (discount_amount > 0),
    fee_amount bigint NOT NULL CHECK (fee_amount >= 0),
    PRIMARY KEY (retailer_id, quote_id, line_no, campaign_id),
    FOREIGN KEY (retailer_id, quote_id) REFERENCES held_quote,
    FOREIGN KEY (retailer_id, campaign_id) REFERENCES campaign
);

-- The claim of a discount's money: (receipt line, campaign), once, whatever is sent again. Decision, reason and amounts
-- are kept for refusals too. It copies every fact of its line, since receipts are dropped sooner.
CREATE TABLE redemption (
    retailer_id uuid NOT NULL,
    business_day date NOT NULL,
    store_ordinal int NOT NULL,
    till text COLLATE "C" NOT NULL,
    shift text COLLATE "C" NOT NULL,
    number text COLLATE "C" NOT NULL,
    line_no int NOT NULL,
    -- What the till named; a campaign of ours where `reason` is not unknown_campaign.
    campaign_id uuid NOT NULL,
    redemption_id uuid NOT NULL,
    supplier_id uuid,
    campaign_version bigint,
    shopper_key bigint,
    product_ordinal int NOT NULL,
    unit text NOT NULL,
    quantity_milli bigint NOT NULL,
    units bigint NOT NULL CHECK (units >= 0),
    regular_amount bigint NOT NULL,
    base_amount bigint NOT NULL,
    vat_rate_bp int,
    claimed_amount bigint NOT NULL CHECK (claimed_amount >= 0),
    allowed_amount bigint NOT NULL CHECK (allowed_amount >= 0),
    funded_amount bigint NOT NULL CHECK (funded_amount >= 0),
    fee_amount bigint NOT NULL CHECK (fee_amount >= 0),
    reason text CHECK (reason IN ('no_quote', 'hold_expired', 'budget_exhausted', 'limit_reached', 'more_than_quoted',
        'unknown_campaign', 'after_close', 'clock_suspect')),
    -- Of claimed - funded the part that the supplier bears by its agreement, and the wallet's account that paid it. The
    -- retailer bears the rest.
    borne_amount bigint NOT NULL DEFAULT 0 CHECK (borne_amount >= 0),
    borne_account_id uuid,
    quote_id uuid,
    -- The business day for whose limits its units count: the quote's where a hold kept them, else the receipt's.
    counted_on date NOT NULL,
    sold_at timestamptz NOT NULL,
    posted_at timestamptz NOT NULL,
    PRIMARY KEY (retailer_id, business_day, store_ordinal, till, shift, number, line_no, campaign_id),
    CONSTRAINT redemption_funded CHECK (funded_amount <= claimed_amount AND funded_amount <= allowed_amount),
    CONSTRAINT redemption_reason CHECK ((reason IS NULL) = (funded_amount = claimed_amount)),
    CONSTRAINT redemption_fee CHECK (fee_amount = 0 OR funded_amount > 0),
    CONSTRAINT redemption_borne CHECK (borne_amount <= claimed_amount - funded_amount),
    CONSTRAINT redemption_borne_from CHECK ((borne_amount = 0) = (borne_account_id IS NULL))
) PARTITION BY RANGE (business_day);
CREATE INDEX redemption_by_id ON redemption (retailer_id, redemption_id);
CREATE INDEX redemption_by_campaign ON redemption (retailer_id, campaign_id, posted_at);
CREATE INDEX redemption_borne ON redemption (retailer_id, campaign_id) WHERE borne_amount > 0;
CREATE INDEX redemption_by_shopper ON redemption (retailer_id, shopper_key, product_ordinal) WHERE shopper_key IS NOT NULL;

-- Which wallet's account paid which part.
CREATE TABLE redemption_share (
    retailer_id uuid NOT NULL,
    redemption_id uuid NOT NULL,
    account_id uuid NOT NULL,
    discount_amount bigint NOT NULL CHECK (discount_amount >= 0),
    fee_amount bigint NOT NULL CHECK (fee_amount >= 0),
    PRIMARY KEY (retailer_id, redemption_id, account_id),
    FOREIGN KEY (retailer_id, account_id) REFERENCES account
);

-- What suppliers have borne of unfunded discounts, counted against their agreement's cap, which is for a reason and a
-- calendar month of business days. Changes under the lock of the wallet's account.
CREATE TABLE unfunded_borne (
    retailer_id uuid NOT NULL,
    agreement_id uuid NOT NULL,
    reason text NOT NULL,
    month date NOT NULL CHECK (date_part('day', month) = 1),
    borne_amount bigint NOT NULL CHECK (borne_amount >= 0),
    PRIMARY KEY (retailer_id, agreement_id, reason, month),
    FOREIGN KEY (retailer_id, agreement_id) REFERENCES agreement
) WITH (fillfactor = 70);

-- That a price was seen at a till at which a discount is capped or withheld: told once for a campaign, product and day.
CREATE TABLE price_move (
    retailer_id uuid NOT NULL,
    campaign_id uuid NOT NULL,
    product_ordinal int NOT NULL,
    business_day date NOT NULL,
    base_amount bigint NOT NULL,
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (retailer_id, campaign_id, product_ordinal, business_day),
    FOREIGN KEY (retailer_id, campaign_id) REFERENCES campaign
);

-- What a returned line gave back to one account. `quantity_milli` is what came back of the discounted quantity so far;
-- the amounts are this return's.
CREATE TABLE redemption_return (
    retailer_id uuid NOT NULL,
    return_business_day date NOT NULL,
    return_store_ordinal int NOT NULL,
    return_till text COLLATE "C" NOT NULL,
    return_shift text COLLATE "C" NOT NULL,
    return_number text COLLATE "C" NOT NULL,
    return_line_no int NOT NULL,
    redemption_id uuid NOT NULL,
    account_id uuid NOT NULL,
    quantity_milli bigint NOT NULL CHECK (quantity_milli > 0),
    discount_amount bigint NOT NULL CHECK (discount_amount >= 0),
    fee_amount bigint NOT NULL CHECK (fee_amount >= 0),
    -- To the wallet that bore what was unfunded.
    borne_amount bigint NOT NULL DEFAULT 0 CHECK (borne_amount >= 0),
    -- Units that went back to the campaign's limits; they stand on one account's row.
    units bigint NOT NULL DEFAULT 0 CHECK (units >= 0),
    posted_at timestamptz NOT NULL,
    PRIMARY KEY (retailer_id, return_business_day, return_store_ordinal, return_till, return_shift, return_number,
        return_line_no, redemption_id, account_id),
    FOREIGN KEY (retailer_id, account_id) REFERENCES account
);
CREATE INDEX redemption_return_by_redemption ON redemption_return (retailer_id, redemption_id);

SELECT fence_tenant(name) FROM unnest(ARRAY['held_quote', 'held_discount', 'redemption', 'redemption_share',
    'redemption_return', 'unfunded_borne', 'price_move']) AS name;
SELECT fence_supplier('redemption');
CREATE POLICY no_supplier ON held_quote AS RESTRICTIVE TO tradewind_app
    USING (current_setting('app.actor', true) = 'retailer');
CREATE POLICY no_supplier ON unfunded_borne AS RESTRICTIVE TO tradewind_app
    USING (current_setting('app.actor', true) = 'retailer');
CREATE POLICY no_supplier ON price_move AS RESTRICTIVE TO tradewind_app
    USING (current_setting('app.actor', true) = 'retailer');
CREATE POLICY no_supplier ON held_discount AS RESTRICTIVE TO tradewind_app
    USING (current_setting('app.actor', true) = 'retailer');
CREATE POLICY no_supplier ON limit_counter AS RESTRICTIVE TO tradewind_app
    USING (current_setting('app.actor', true) = 'retailer');
-- A supplier sees the parts of accounts that it may see.
CREATE POLICY supplier ON redemption_share AS RESTRICTIVE TO tradewind_app
    USING (current_setting('app.actor', true) = 'retailer' OR EXISTS (
        SELECT FROM account
        WHERE account.retailer_id = redemption_share.retailer_id AND account.account_id = redemption_share.account_id));
CREATE POLICY supplier ON redemption_return AS RESTRICTIVE TO tradewind_app
    USING (current_setting('app.actor', true) = 'retailer' OR EXISTS (
        SELECT FROM account
        WHERE account.retailer_id = redemption_return.retailer_id AND account.account_id = redemption_return.account_id));

GRANT SELECT, INSERT, UPDATE ON held_quote, unfunded_borne TO tradewind_app;
GRANT SELECT, INSERT ON held_discount, redemption, redemption_share, redemption_return, price_move TO tradewind_app;

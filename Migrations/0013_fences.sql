-- Fences between rival suppliers that were missing: of the books' rows, of the names of suppliers, and of what a supplier's
-- unit of work may write. Takes ACCESS EXCLUSIVE on the tables named here for as long as the owners of existing transfers,
-- entries and holds are filled in; nothing was released with such rows.

-- Whose money a row of the books is about: of an entry and a hold the owner of its account; of a transfer the supplier of
-- either account, of whom there is never more than one. Null: the retailer's own. Repeated here, so that the fence needs no
-- join (LEDGER_AND_WEBHOOKS 26). A row without it shows to the retailer alone.
ALTER TABLE transfer ADD COLUMN supplier_id uuid;
ALTER TABLE entry ADD COLUMN supplier_id uuid;
ALTER TABLE hold ADD COLUMN supplier_id uuid;
ALTER TABLE entry_seal ADD COLUMN supplier_id uuid;

-- Row-level security is forced on the owner too: it sees no row to fill while it is.
ALTER TABLE account NO FORCE ROW LEVEL SECURITY;
ALTER TABLE transfer NO FORCE ROW LEVEL SECURITY;
ALTER TABLE entry NO FORCE ROW LEVEL SECURITY;
ALTER TABLE hold NO FORCE ROW LEVEL SECURITY;
UPDATE transfer SET supplier_id = account.supplier_id FROM account
WHERE account.retailer_id = transfer.retailer_id
    AND account.account_id IN (transfer.debit_account_id, transfer.credit_account_id) AND account.supplier_id IS NOT NULL;
UPDATE entry SET supplier_id = account.supplier_id FROM account
WHERE account.retailer_id = entry.retailer_id AND account.account_id = entry.account_id AND account.supplier_id IS NOT NULL;
UPDATE hold SET supplier_id = account.supplier_id FROM account
WHERE account.retailer_id = hold.retailer_id AND account.account_id = hold.account_id AND account.supplier_id IS NOT NULL;
ALTER TABLE account FORCE ROW LEVEL SECURITY;
ALTER TABLE transfer FORCE ROW LEVEL SECURITY;
ALTER TABLE entry FORCE ROW LEVEL SECURITY;
ALTER TABLE hold FORCE ROW LEVEL SECURITY;

SELECT fence_supplier(name) FROM unnest(ARRAY['transfer', 'entry', 'hold', 'entry_seal']) AS name;

-- A supplier's unit of work reads its own rows of these tables, or what all suppliers of the retailer share, and writes none.
CREATE FUNCTION fence_writes(target text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'CREATE POLICY inserted_by_retailer ON %I AS RESTRICTIVE FOR INSERT TO tradewind_app '
        'WITH CHECK (current_setting(''app.actor'', true) = ''retailer'')', target);
    EXECUTE format(
        'CREATE POLICY changed_by_retailer ON %I AS RESTRICTIVE FOR UPDATE TO tradewind_app '
        'USING (true) WITH CHECK (current_setting(''app.actor'', true) = ''retailer'')', target);
    EXECUTE format(
        'CREATE POLICY deleted_by_retailer ON %I AS RESTRICTIVE FOR DELETE TO tradewind_app '
        'USING (current_setting(''app.actor'', true) = ''retailer'')', target);
END $$;
REVOKE ALL ON FUNCTION fence_writes FROM PUBLIC;

SELECT fence_writes(name) FROM unnest(ARRAY['ordinal_counter', 'price_zone', 'store', 'brand', 'category', 'product',
    'product_supplier', 'product_gtin', 'price', 'shopper', 'tag', 'shopper_tag', 'receipt', 'return_line', 'trait',
    'campaign', 'campaign_version', 'campaign_product', 'campaign_store', 'campaign_funding', 'campaign_decision',
    'campaign_forecast', 'transfer', 'entry', 'hold', 'entry_seal', 'redemption', 'redemption_share', 'redemption_return',
    'statement', 'statement_account', 'statement_unfunded']) AS name;

-- Of accounts a supplier opens its wallet's, empty; what moves on it is posted in the retailer's scope.
CREATE POLICY opened_empty ON account AS RESTRICTIVE FOR INSERT TO tradewind_app
    WITH CHECK (current_setting('app.actor', true) = 'retailer'
        OR kind = 'wallet' AND debits_pending = 0 AND debits_posted = 0 AND credits_pending = 0 AND credits_posted = 0
            AND seq = 0);
CREATE POLICY changed_by_retailer ON account AS RESTRICTIVE FOR UPDATE TO tradewind_app
    USING (true) WITH CHECK (current_setting('app.actor', true) = 'retailer');

-- A retailer's unit of work reads no row of `supplier`, so no name; it may ask which of some ids there are, to file them
-- with its products. The owner's policy is for this function: foreign keys are checked without one.
DROP POLICY own ON supplier;
CREATE POLICY own ON supplier FOR SELECT TO tradewind_app
    USING (current_setting('app.actor', true) = 'supplier'
        AND supplier_id = NULLIF(current_setting('app.supplier_id', true), '')::uuid);
CREATE POLICY existence ON supplier FOR SELECT TO tradewind_owner USING (true);

CREATE FUNCTION known_suppliers(asked uuid[]) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT supplier_id FROM supplier WHERE supplier_id = ANY (asked)
$$;
REVOKE ALL ON FUNCTION known_suppliers FROM PUBLIC;
GRANT EXECUTE ON FUNCTION known_suppliers TO tradewind_app;

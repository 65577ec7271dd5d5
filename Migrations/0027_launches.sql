-- works with: 0026
-- outside a transaction
-- What was put into a campaign's account is found without reading all that the campaign paid.
CREATE INDEX CONCURRENTLY IF NOT EXISTS transfer_launched ON transfer (retailer_id, credit_account_id) WHERE kind = 'launch';

-- works with: 0028
-- outside a transaction
-- What a smaller budget gave back is found without reading all that the campaign paid.
CREATE INDEX CONCURRENTLY IF NOT EXISTS transfer_released ON transfer (retailer_id, debit_account_id) WHERE kind = 'release';

import Campaigns
import Kernel
import Postgres
import Receipts

extension Transaction {
    /// Quotes of one basket wait for each other, so that each finds the one before it.
    func lockBasket(_ basket: ExternalID, inStore store: Int32, at retailer: RetailerID) throws {
        let name = "basket \(retailer) \(store) \(basket)"
        try execute("SELECT pg_advisory_xact_lock(hashtextextended(\(name), 0))")
    }

    /// The live hold of a basket. Served by `held_quote_one_for_basket`.
    func pendingQuote(of basket: ExternalID, inStore store: Int32, at retailer: RetailerID) throws -> QuoteID? {
        try first(
            """
            SELECT quote_id
            FROM held_quote
            WHERE retailer_id = \(retailer) AND store_ordinal = \(store) AND basket_id = \(basket) AND state = 'pending'
            """
        ) { row in try row.next() }
    }

    func insert(_ quote: HeldQuote, _ discounts: [QuoteDecision.Discount], lines: [BasketLine], of retailer: RetailerID) throws {
        let quantities = Dictionary(lines.map { ($0.lineNo, $0.quantityMilli) }) { first, _ in first }
        try pipeline([
            """
            INSERT INTO held_quote (
                retailer_id, quote_id, basket_id, store_ordinal, shopper_key, channel, state, business_day, quoted_at, expires_at
            )
            VALUES (
                \(retailer), \(quote.id), \(quote.basket), \(quote.store), \(quote.shopper), \(quote.channel), \(quote.state),
                \(quote.businessDay), \(quote.quotedAt), \(quote.expiresAt)
            )
            """,
            """
            INSERT INTO held_discount (
                retailer_id, quote_id, line_no, campaign_id, campaign_version, product_ordinal, quantity_milli, units,
                discount_amount, fee_amount
            )
            SELECT \(retailer), \(quote.id), new.line_no, new.campaign_id, new.version, new.product, new.quantity, new.units,
                new.amount, new.fee
            FROM unnest(
                \(discounts.map(\.lineNo)), \(discounts.map(\.campaign)), \(discounts.map(\.version)),
                \(discounts.map(\.product)), \(discounts.map { quantities[$0.lineNo] ?? 0 }), \(discounts.map(\.units)),
                \(discounts.map(\.amountMinor)), \(discounts.map(\.split.feeMinor))
            ) AS new (line_no, campaign_id, version, product, quantity, units, amount, fee)
            """,
        ])
    }

    /// Held quotes by id, with their discounts.
    func heldQuotes(_ ids: [QuoteID], of retailer: RetailerID) throws -> [(quote: HeldQuote, discounts: [HeldDiscount])] {
        guard !ids.isEmpty else { return [] }
        let discounts = Dictionary(grouping: try heldDiscounts(of: ids, at: retailer), by: \.quote)
        return try query(
            """
            SELECT quote_id, basket_id, store_ordinal, shopper_key, channel, business_day, quoted_at, expires_at, state
            FROM held_quote
            WHERE retailer_id = \(retailer) AND quote_id = ANY (\(ids))
            ORDER BY quote_id
            """
        ) { row in
            let id: QuoteID = try row.next()
            let quote = HeldQuote(
                id: id, basket: try row.next(), store: try row.next(), shopper: try row.nextOptional(), channel: try row.next(),
                businessDay: try row.next(), quotedAt: try row.next(), expiresAt: try row.next(), state: try row.next())
            return (quote, discounts[id] ?? [])
        }
    }

    func heldDiscounts(of quotes: [QuoteID], at retailer: RetailerID) throws -> [HeldDiscount] {
        try query(
            """
            SELECT quote_id, line_no, campaign_id, campaign_version, product_ordinal, quantity_milli, units, discount_amount
            FROM held_discount
            WHERE retailer_id = \(retailer) AND quote_id = ANY (\(quotes))
            ORDER BY quote_id, line_no, campaign_id
            """
        ) { row in
            HeldDiscount(
                quote: try row.next(), lineNo: try row.next(), campaign: try row.next(), version: try row.next(),
                product: try row.next(), quantityMilli: try row.next(), units: try row.next(), amountMinor: try row.next())
        }
    }

    /// Ends a hold once and gives its limits back; false where it had ended. The ledger's side is the caller's.
    @discardableResult
    func resolve(_ quote: QuoteID, as state: HeldQuoteState, at now: Instant, of retailer: RetailerID) throws -> Bool {
        let ended = try execute(
            """
            UPDATE held_quote
            SET state = \(state), resolved_at = \(now)
            WHERE retailer_id = \(retailer) AND quote_id = \(quote) AND state = 'pending'
            """)
        guard ended == 1 else { return false }
        try releaseLimits(of: [quote], at: retailer)
        return true
    }

    /// Expired quotes that a receipt was paid by: they are paid by once. Their money and limits were given back before.
    func markPosted(_ expired: [QuoteID], at now: Instant, of retailer: RetailerID) throws {
        guard !expired.isEmpty else { return }
        try execute(
            """
            UPDATE held_quote
            SET state = 'posted', resolved_at = \(now)
            WHERE retailer_id = \(retailer) AND quote_id = ANY (\(expired)) AND state = 'expired'
            """)
    }

    /// Everything that held quotes' discounts keep of limits: by shopper where they have one, and of the campaign.
    func releaseLimits(of quotes: [QuoteID], at retailer: RetailerID) throws {
        guard !quotes.isEmpty else { return }
        try execute(
            """
            UPDATE limit_counter
            SET held = limit_counter.held - kept.units
            FROM (
                SELECT discount.campaign_id, bound.counter, bound.subject, bound.period, sum(discount.units)::bigint AS units
                FROM held_quote AS quote
                JOIN held_discount AS discount ON discount.retailer_id = \(retailer) AND discount.quote_id = quote.quote_id
                CROSS JOIN LATERAL (
                    VALUES ('units', '', ''),
                        ('units_per_shopper', quote.shopper_key::text, ''),
                        ('units_per_shopper_week', quote.shopper_key::text, date_trunc('week', quote.business_day)::date::text),
                        ('units_per_shopper_day', quote.shopper_key::text, quote.business_day::text)
                ) AS bound (counter, subject, period)
                WHERE quote.retailer_id = \(retailer) AND quote.quote_id = ANY (\(quotes))
                GROUP BY discount.campaign_id, bound.counter, bound.subject, bound.period
            ) AS kept
            WHERE limit_counter.retailer_id = \(retailer) AND limit_counter.campaign_id = kept.campaign_id
                AND limit_counter.counter = kept.counter AND limit_counter.subject = kept.subject
                AND limit_counter.period = kept.period
            """)
    }
}

package import Kernel
package import Postgres

/// What shoppers bought and kept, as relations (the parts of a WITH) over receipts, return lines and catalogue. This is
/// the one place that says what a receipt, its money and its lines are for profiles (DOMAIN 12, docs/audiences.md):
///
/// - voided receipts and those without a shopper do not count; one of a till with a wrong clock counts on the day it came
/// - a matched return reduces its original line on the original's day; a line that came back whole is gone; a receipt
///   whose lines are all gone does not exist
/// - an unmatched return reduces its shopper's spend of its own day, never below 0
/// - money is the sum of the lines' paid amounts where all are known, else the header's total, else what is known
package struct PurchaseFacts: Sendable {
    package let moment: ProfileMoment
    /// Days outside are not looked at.
    package let first: BusinessDay
    package let last: BusinessDay
    package let shoppers: ShopperSelection
    /// What came back is looked for of sales of these days alone: not of a till with a wrong clock.
    let boundsReturns: Bool

    /// Before every receipt.
    package static let firstDayEver = BusinessDay(daysSince1970: 0)

    package init(
        _ moment: ProfileMoment, from first: BusinessDay, through last: BusinessDay, of shoppers: ShopperSelection = .all,
        boundingReturns: Bool = false
    ) {
        boundsReturns = boundingReturns
        self.moment = moment
        self.shoppers = shoppers
        self.first = first
        self.last = last
    }

    /// `base (shopper_key)`: the shoppers whom audiences, RFM and forecasts are about. Nobody is chosen by what they buy who
    /// has said no to it.
    package var base: SQL {
        """
        base AS (
            SELECT shopper_key
            FROM shopper
            WHERE retailer_id = \(moment.retailer) AND kind = 'person' AND erased_at IS NULL AND merged_into IS NULL
                AND \(fragment: isAskedAbout)
                AND COALESCE(personal_offers, (
                    SELECT personal_offers_default FROM policy WHERE policy.retailer_id = \(moment.retailer)
                ))
        )
        """
    }

    /// `ticket`: sale receipts that stand, with the day on which they count.
    package var ticket: SQL {
        """
        ticket AS NOT MATERIALIZED (
            SELECT shopper_key, business_day AS day, business_day, store_ordinal, till, shift, number, total,
                line_no, product_ordinal, quantity_milli, paid_amount
            FROM receipt
            WHERE retailer_id = \(moment.retailer) AND business_day BETWEEN \(first) AND \(last) AND NOT is_clock_suspect
                AND kind = 'sale' AND voided_at IS NULL AND shopper_key IS NOT NULL
                AND \(fragment: isAskedAbout)
            UNION ALL
            SELECT shopper_key, received.day, business_day, store_ordinal, till, shift, number, total,
                line_no, product_ordinal, quantity_milli, paid_amount
            FROM receipt
            CROSS JOIN LATERAL (
                SELECT ((received_at AT TIME ZONE \(moment.zone)) - make_interval(mins => \(moment.dayStartsAtMinutes)))::date
            ) AS received (day)
            WHERE retailer_id = \(moment.retailer) AND is_clock_suspect AND received.day BETWEEN \(first) AND \(last)
                AND kind = 'sale' AND voided_at IS NULL AND shopper_key IS NOT NULL
                AND \(fragment: isAskedAbout)
        )
        """
    }

    /// `returned`: what came back of each original line. A return receipt that was voided gave nothing back.
    package var returned: SQL {
        """
        returned AS (
            SELECT line.original_business_day AS business_day, line.original_store_ordinal AS store_ordinal,
                line.original_till AS till, line.original_shift AS shift, line.original_number AS number,
                line.original_line_no AS line_no,
                sum(line.quantity_milli)::bigint AS quantity_milli, sum(line.amount)::bigint AS amount
            FROM return_line AS line
            LEFT JOIN receipt AS document ON document.retailer_id = line.retailer_id
                AND document.business_day = line.business_day AND document.store_ordinal = line.store_ordinal
                AND document.till = line.till AND document.shift = line.shift AND document.number = line.number
            WHERE line.retailer_id = \(moment.retailer) AND line.original_line_no IS NOT NULL
                AND document.voided_at IS NULL AND \(fragment: isOfSelectedSale)
            GROUP BY line.original_business_day, line.original_store_ordinal, line.original_till, line.original_shift,
                line.original_number, line.original_line_no
        )
        """
    }

    /// Whether `shopper_key` is one of the selected, and in the moment's sample.
    private var isAskedAbout: SQL {
        guard let sample = moment.sample else { return shoppers.holds("shopper_key") }
        return "\(fragment: shoppers.holds("shopper_key")) AND \(fragment: sample.holds("shopper_key"))"
    }

    /// Whether a returned line is of a sale to a selected shopper.
    private var isOfSelectedSale: SQL {
        guard !boundsReturns else { return "line.original_business_day BETWEEN \(first) AND \(last)" }
        guard shoppers != .all else { return "true" }
        return """
            EXISTS (
                SELECT FROM receipt AS sold
                WHERE sold.retailer_id = \(moment.retailer) AND sold.business_day = line.original_business_day
                    AND sold.store_ordinal = line.original_store_ordinal AND sold.till = line.original_till
                    AND sold.shift = line.original_shift AND sold.number = line.original_number
                    AND \(fragment: shoppers.holds("sold.shopper_key"))
            )
            """
    }

    /// `reduced`: the receipts that something came back of, and what is left of them.
    package var reduced: SQL {
        """
        reduced AS (
            SELECT ticket.business_day, ticket.store_ordinal, ticket.till, ticket.shift, ticket.number,
                bool_and(coalesce(returned.quantity_milli >= line.quantity_milli, false)) AS is_emptied,
                sum(CASE
                    WHEN returned.quantity_milli >= line.quantity_milli THEN 0
                    ELSE greatest(line.paid_amount - coalesce(returned.amount, 0), 0)
                END)::bigint AS kept_amount,
                coalesce(sum(returned.amount), 0)::bigint AS returned_amount
            FROM (
                SELECT DISTINCT business_day, store_ordinal, till, shift, number FROM returned
            ) AS touched
            JOIN ticket ON ticket.business_day = touched.business_day AND ticket.store_ordinal = touched.store_ordinal
                AND ticket.till = touched.till AND ticket.shift = touched.shift AND ticket.number = touched.number
            CROSS JOIN LATERAL unnest(ticket.line_no, ticket.quantity_milli, ticket.paid_amount)
                AS line (line_no, quantity_milli, paid_amount)
            LEFT JOIN returned ON returned.business_day = ticket.business_day
                AND returned.store_ordinal = ticket.store_ordinal AND returned.till = ticket.till
                AND returned.shift = ticket.shift AND returned.number = ticket.number AND returned.line_no = line.line_no
            GROUP BY ticket.business_day, ticket.store_ordinal, ticket.till, ticket.shift, ticket.number
        )
        """
    }

    /// `sale (shopper_key, day, store_ordinal, money)`: one row for each receipt that exists.
    package var sale: SQL {
        """
        sale AS (
            SELECT ticket.shopper_key, ticket.day, ticket.store_ordinal, (CASE
                    WHEN cardinality(ticket.paid_amount) > 0 AND array_position(ticket.paid_amount, NULL) IS NULL
                        THEN coalesce(reduced.kept_amount, (SELECT sum(paid) FROM unnest(ticket.paid_amount) AS paid))
                    WHEN ticket.total IS NOT NULL
                        THEN greatest(ticket.total - coalesce(reduced.returned_amount, 0), 0)
                    ELSE coalesce(reduced.kept_amount, (SELECT sum(paid) FROM unnest(ticket.paid_amount) AS paid), 0)
                END)::bigint AS money
            FROM ticket
            LEFT JOIN reduced ON reduced.business_day = ticket.business_day
                AND reduced.store_ordinal = ticket.store_ordinal AND reduced.till = ticket.till
                AND reduced.shift = ticket.shift AND reduced.number = ticket.number
            WHERE reduced.is_emptied IS NOT TRUE
        )
        """
    }

    /// `item (ticket_id, shopper_key, day, product_ordinal, money)`: one row for each line that was kept; money is null
    /// where the feed has none. `ticket_id` tells receipts apart within this relation only. Lines cost more than receipts:
    /// they may begin later than the rest.
    package func item(from first: BusinessDay) -> SQL {
        """
        item AS (
            SELECT visit.ticket_id, visit.shopper_key, visit.day, line.product_ordinal, CASE
                    WHEN line.paid_amount IS NOT NULL THEN greatest(line.paid_amount - coalesce(returned.amount, 0), 0)
                END AS money
            FROM (
                SELECT row_number() OVER () AS ticket_id, shopper_key, day, business_day, store_ordinal, till, shift, number,
                    line_no, product_ordinal, quantity_milli, paid_amount
                FROM ticket
                WHERE day >= \(first)
            ) AS visit
            CROSS JOIN LATERAL unnest(visit.line_no, visit.product_ordinal, visit.quantity_milli, visit.paid_amount)
                AS line (line_no, product_ordinal, quantity_milli, paid_amount)
            LEFT JOIN returned ON returned.business_day = visit.business_day
                AND returned.store_ordinal = visit.store_ordinal AND returned.till = visit.till
                AND returned.shift = visit.shift AND returned.number = visit.number AND returned.line_no = line.line_no
            WHERE coalesce(returned.quantity_milli < line.quantity_milli, true)
        )
        """
    }

    /// `day_spend (shopper_key, day, receipts, spend)`: spend after the day's unmatched returns.
    package var daySpend: SQL {
        """
        day_spend AS (
            SELECT shopped.shopper_key, shopped.day, shopped.receipts,
                greatest(shopped.money - coalesce(unmatched.amount, 0), 0) AS spend
            FROM (
                SELECT shopper_key, day, count(*) AS receipts, sum(money)::bigint AS money
                FROM sale
                GROUP BY shopper_key, day
            ) AS shopped
            LEFT JOIN (
                SELECT line.shopper_key, line.business_day, sum(line.amount)::bigint AS amount
                FROM return_line AS line
                LEFT JOIN receipt AS document ON document.retailer_id = line.retailer_id
                    AND document.business_day = line.business_day AND document.store_ordinal = line.store_ordinal
                    AND document.till = line.till AND document.shift = line.shift AND document.number = line.number
                WHERE line.retailer_id = \(moment.retailer) AND line.original_line_no IS NULL
                    AND line.shopper_key IS NOT NULL AND document.voided_at IS NULL
                    AND \(fragment: shoppers.holds("line.shopper_key"))
                GROUP BY line.shopper_key, line.business_day
            ) AS unmatched ON unmatched.shopper_key = shopped.shopper_key AND unmatched.business_day = shopped.day
        )
        """
    }

    /// `activity (shopper_key, receipts, spend)`: the profile window's totals.
    package var activity: SQL {
        """
        activity AS (
            SELECT shopper_key, sum(receipts)::bigint AS receipts, sum(spend)::bigint AS spend
            FROM day_spend
            WHERE day BETWEEN \(moment.windowStart) AND \(moment.asOf)
            GROUP BY shopper_key
        )
        """
    }
}

extension Transaction {
    /// Before a long read over receipts: a plan of many parts costs more to compile than to run.
    package func prepareForProfiles() throws {
        try pipeline(["SET LOCAL jit = off", "SET LOCAL work_mem = '64MB'"])
    }
}

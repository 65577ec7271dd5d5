/// The first steps of a newcomer as lines for bash: what is different in each town stands in variables, so that the steps
/// are the same text everywhere, also in `docs/quickstart.md`.
package enum DemoSteps {
    /// `address` is the service's, like `http://127.0.0.1:8080`; `program` the path of the executable.
    package static func variables(_ record: DemoRecord, at address: String, of program: String) -> String {
        """
        SUPPLIER=\(record.supplierKey)
        RETAILER=\(record.retailerKey)
        APP=\(record.appKey)
        TILL=\(record.tillKey)
        FEED=\(record.feedKey)
        APPROVER=\(record.approverKey)
        TREASURER=\(record.treasurerKey)
        TREASURER_2=\(record.secondTreasurerKey)
        SUPPLIER_TREASURER=\(record.supplierTreasurerKey)
        SERVICE=\(address) TRADEWIND=\(program)
        TOWN=\(address)/v1/retailers/\(record.retailer)
        CATEGORY=\(record.category) CAMPAIGN=\(record.campaign)
        SHOPPER=\(record.shopper) STORE=\(record.store) PRODUCT=\(record.product) AMOUNT=\(2 * record.priceMinor)
        """
    }

    /// One after the other; each ends with a line of its own.
    package static let all: [String] = [
        #"""
        # 1. The supplier previews an audience: an estimate.
        curl -sS -w '\n' -H "Authorization: Bearer $SUPPLIER" -H 'Content-Type: application/json' \
          "$TOWN/audiences/preview" -d '{"predicate":{"bought":{"categories":["'$CATEGORY'"],"within_days":90}}}'
        """#,
        #"""
        # 2. It reads the forecast of a campaign that the retailer has approved.
        curl -sS -w '\n' -H "Authorization: Bearer $SUPPLIER" "$TOWN/campaigns/$CAMPAIGN/forecast"
        """#,
        #"""
        # 3. It launches the campaign: the budget leaves the wallet, and the campaign starts at once.
        curl -sS -w '\n' -H "Authorization: Bearer $SUPPLIER" -H 'Content-Type: application/json' \
          -H 'Idempotency-Key: quickstart-launch' "$TOWN/campaigns/$CAMPAIGN/launch" -d '{}'; sleep 2
        """#,
        #"""
        # 4. The retailer's app pulls a shopper's offers.
        curl -sS -w '\n' -H "Authorization: Bearer $APP" -H 'Accept-Language: en' \
          "$TOWN/shoppers/$SHOPPER/offers?store_id=$STORE"
        """#,
        #"""
        # 5. A till quotes a basket of two pieces, and holds the money.
        BASKET=basket-$(date +%s%N)
        QUOTE=$(curl -sS -H "Authorization: Bearer $TILL" -H 'Content-Type: application/json' \
          "$TOWN/quotes" -d '{"store_id":"'$STORE'","basket_id":"'$BASKET'","shopper_id":"'$SHOPPER'","hold":true,
            "lines":[{"line_no":1,"product_id":"'$PRODUCT'","quantity_milli":2000,"regular_amount":'$AMOUNT',
            "base_amount":'$AMOUNT'}]}'); echo "$QUOTE"
        QUOTE_ID=${QUOTE#*'"quote_id":"'} QUOTE_ID=${QUOTE_ID%%'"'*}
        DISCOUNT=${QUOTE#*'"total_discount":{"amount":'} DISCOUNT=${DISCOUNT%%,*}
        """#,
        #"""
        # 6. It posts the receipt with the discount that it gave. The business day is that of Moscow, where the stores are.
        curl -sS -w '\n' -H "Authorization: Bearer $TILL" -H 'Content-Type: application/json' \
          "$TOWN/receipts" -d '{"store_id":"'$STORE'","business_day":"'$(TZ=MSK-3 date +%F)'","till":"1",
            "number":"'$BASKET'","sold_at":"'$(date -u +%FT%TZ)'","shopper_id":"'$SHOPPER'",
            "total":'$((AMOUNT - DISCOUNT))',"lines":[{"line_no":1,"product_id":"'$PRODUCT'","quantity_milli":2000,
            "regular_amount":'$AMOUNT',"base_amount":'$AMOUNT',"paid_amount":'$((AMOUNT - DISCOUNT))',
            "discounts":[{"campaign_id":"'$CAMPAIGN'","quote_id":"'$QUOTE_ID'","amount":'$DISCOUNT'}]}]}'
        """#,
        #"""
        # 7. The supplier reads its open statement, and its lines as CSV.
        STATEMENT=$(curl -sS -H "Authorization: Bearer $SUPPLIER" "$TOWN/statements?state=open")
        STATEMENT=${STATEMENT#*'"id":"'} STATEMENT=${STATEMENT%%'"'*}
        curl -sS -w '\n' -H "Authorization: Bearer $SUPPLIER" "$TOWN/statements/$STATEMENT"
        curl -sS -H "Authorization: Bearer $SUPPLIER" "$TOWN/statements/$STATEMENT/lines?format=csv"
        """#,
    ]

    /// Variables and steps, as they are printed.
    package static func text(_ record: DemoRecord, at address: String, of program: String) -> String {
        ([variables(record, at: address, of: program)] + all).joined(separator: "\n\n")
    }
}

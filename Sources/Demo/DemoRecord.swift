package import JSONText

/// What a newcomer needs to try the demo town: ids, keys, and a shopper, product and store that go together. Kept in
/// `demo-keys.json` of the state folder, readable to its owner alone, since the service keeps only hashes of keys.
package struct DemoRecord: Hashable, Sendable {
    package static let fileName = "demo-keys.json"

    package let retailer: String
    package let supplierKey: String
    package let retailerKey: String
    package let appKey: String
    package let tillKey: String
    package let feedKey: String
    /// Of persons: who decides about campaigns, who finds a payment at the bank, and who confirms it.
    package let approverKey: String
    package let treasurerKey: String
    package let secondTreasurerKey: String
    /// Of the supplier's person who agrees with statements.
    package let supplierTreasurerKey: String
    /// Of the audience: who bought of it lately.
    package let category: String
    package let campaign: String
    package let shopper: String
    package let store: String
    package let product: String
    /// The shelf price of a piece, in minor units.
    package let priceMinor: Int64
}

extension DemoRecord: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("retailer_id", retailer)
            json.field("supplier_key", supplierKey)
            json.field("retailer_key", retailerKey)
            json.field("app_key", appKey)
            json.field("till_key", tillKey)
            json.field("feed_key", feedKey)
            json.field("approver_key", approverKey)
            json.field("treasurer_key", treasurerKey)
            json.field("second_treasurer_key", secondTreasurerKey)
            json.field("supplier_treasurer_key", supplierTreasurerKey)
            json.field("category_id", category)
            json.field("campaign_id", campaign)
            json.field("shopper_id", shopper)
            json.field("store_id", store)
            json.field("product_id", product)
            json.field("price", priceMinor)
        }
    }

    /// Nil where the text is none.
    package init?(_ text: [UInt8]) {
        guard let json = try? JSONReader.parse(text), let retailer = json.text("retailer_id"),
            let supplierKey = json.text("supplier_key"), let retailerKey = json.text("retailer_key"),
            let appKey = json.text("app_key"), let tillKey = json.text("till_key"), let feedKey = json.text("feed_key"),
            let approverKey = json.text("approver_key"), let treasurerKey = json.text("treasurer_key"),
            let secondTreasurerKey = json.text("second_treasurer_key"), let category = json.text("category_id"),
            let campaign = json.text("campaign_id"), let shopper = json.text("shopper_id"), let store = json.text("store_id"),
            let product = json.text("product_id"), let price = json.integer("price")
        else { return nil }
        self.retailer = retailer
        self.supplierKey = supplierKey
        self.retailerKey = retailerKey
        self.appKey = appKey
        self.tillKey = tillKey
        self.feedKey = feedKey
        self.approverKey = approverKey
        self.treasurerKey = treasurerKey
        self.secondTreasurerKey = secondTreasurerKey
        // A town that was made before has no such key in its file.
        supplierTreasurerKey = json.text("supplier_treasurer_key") ?? supplierKey
        self.category = category
        self.campaign = campaign
        self.shopper = shopper
        self.store = store
        self.product = product
        priceMinor = price
    }
}

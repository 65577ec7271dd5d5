import Campaigns
import Catalogue
import HTTPSupport
import JSONText
import Kernel
import Parties
import Postgres

enum OfferContentKind: IDKind { static let prefix = "offer_content" }
typealias OfferContentID = TypedID<OfferContentKind>

/// What a message says of an offer, apart from whom it is for: made when its grant is first told of and kept, so that each
/// try sends the same bytes whatever became of prices, words and policies since.
struct MessageContent: Sendable {
    /// Products that a message names, the best offers first; their number is told too.
    static let productsMax = 30

    let content: OfferContent
    let reward: Reward
    let limits: CampaignLimits
    let needsActivation: Bool
    let asset: Asset
    let products: [Product]
    let productCount: Int

    /// One unit of a product; no price where the catalogue knows none.
    struct Product: Sendable {
        let id: ExternalID
        let name: String
        let price: OfferPrice?
    }
}

extension MessageContent: JSONWritable {
    func write(to json: inout JSONWriter) {
        let presentation = content.presentation
        json.object { json in
            json.field("valid_until", content.validUntil)
            json.field("funded_by", word: content.fundedBy)
            json.texts("label", content.fundedBy.labels.merging(presentation.label) { _, own in own })
            json.texts("title", presentation.title)
            json.object("legal") { json in
                json.field("advertiser", presentation.legal.advertiser)
                json.field("ad_token", presentation.legal.adToken)
                json.field("terms_url", presentation.legal.termsURL)
            }
            json.field("reward", reward.nearest)
            json.fieldIfPresent("basket_reward", reward.basket)
            json.object("limits") { json in
                json.field("units_per_shopper", limits.unitsPerShopper)
                json.field("units_per_shopper_week", limits.unitsPerShopperWeek)
                json.field("units_per_shopper_day", limits.unitsPerShopperDay)
                json.field("units_per_receipt", limits.unitsPerReceipt)
            }
            json.field("needs_activation", needsActivation)
            json.array("products", products) { json, product in
                json.object { json in
                    json.field("product_id", product.id)
                    json.field("name", product.name)
                    json.field("regular_price", product.price.map { Money(minor: $0.regularMinor, asset: asset) })
                    let ofUnit = product.price.flatMap { $0.isOfUnit ? $0 : nil }
                    json.field("offer_price", ofUnit.map { Money(minor: $0.offerMinor, asset: asset) })
                }
            }
            json.field("product_count", productCount)
        }
    }
}

extension JSONWriter {
    fileprivate mutating func texts(_ name: String, _ texts: [String: String]) {
        object(name) { json in
            for (language, text) in texts.sorted(by: { $0.key < $1.key }) { json.field(language, text) }
        }
    }
}

extension Transaction {
    /// What is said of a campaign's offer for a period, at the prices of the first of its stores that is open.
    func messageContent(
        of campaign: RunningCampaign, for period: GrantPeriod, _ policy: Policy, at now: Instant, retailer: RetailerID
    ) throws -> MessageContent {
        guard let owner = try self.retailer(retailer), let place = try offerPlace(nil, of: retailer, at: now),
            let content = try offerContents(
                of: [(id: campaign.id, promisedThrough: period.endsOn)], in: place, at: retailer)[campaign.id]
        else { throw Problem.notFound("campaign") }
        let store = try showcaseStores(of: retailer, on: place.today).first { campaign.stores?.contains($0) ?? true }
        let candidates = try candidates(of: [campaign], inStore: store, without: [], policy, on: place.today, at: retailer)
        let named = candidates.sorted { $0.rank < $1.rank }.prefix(MessageContent.productsMax)
        let names = try productNames(named.map(\.product), of: retailer)
        return MessageContent(
            content: content, reward: campaign.reward, limits: campaign.limits, needsActivation: campaign.needsActivation,
            asset: owner.asset,
            products: named.compactMap { candidate in
                names[candidate.product].map { MessageContent.Product(id: $0.id, name: $0.name, price: candidate.price) }
            }, productCount: candidates.count)
    }

    func insertContent(
        _ id: OfferContentID, _ content: MessageContent, of campaign: CampaignID, at now: Instant, retailer: RetailerID
    ) throws {
        try execute(
            """
            INSERT INTO offer_content (retailer_id, content_id, campaign_id, body, made_at)
            VALUES (\(retailer), \(id), \(campaign), \(Bytes(content.jsonBytes)), \(now))
            """)
    }

    func contentBytes(_ id: OfferContentID, of retailer: RetailerID) throws -> Int {
        try one(
            "SELECT octet_length(body) FROM offer_content WHERE retailer_id = \(retailer) AND content_id = \(id)",
            { row in try row.next() })
    }

    func contentBody(_ id: OfferContentID, of retailer: RetailerID) throws -> [UInt8] {
        try one("SELECT body FROM offer_content WHERE retailer_id = \(retailer) AND content_id = \(id)") { row in
            try row.next(Bytes.self).array
        }
    }
}

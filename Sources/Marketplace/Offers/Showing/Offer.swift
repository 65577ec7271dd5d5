import Campaigns
import JSONText
import Kernel

/// One product at one campaign's price, as a shopper is shown it.
struct Offer: Sendable {
    let campaign: CampaignID
    let launchedAt: Instant
    let fundedBy: FundedBy
    let words: OfferWords
    let product: ExternalID
    let productName: String
    let asset: Asset
    /// Nil where no price is known: the till will know it.
    let price: OfferPrice?
    /// What is to be bought together, and how that is said.
    let basketReward: BasketReward?
    let how: String?
    let limits: LimitsLeft
    let validUntil: Instant
}

extension Offer: JSONWritable {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("campaign_id", campaign)
            json.field("funded_by", word: fundedBy)
            json.field("language", words.language)
            json.field("label", words.label)
            json.field("title", words.title)
            json.field("terms", words.terms)
            json.object("legal") { json in
                json.field("advertiser", words.legal.advertiser)
                json.field("ad_token", words.legal.adToken)
                json.field("terms_url", words.legal.termsURL)
            }
            json.object("product") { json in
                json.field("product_id", product)
                json.field("name", productName)
            }
            json.field("regular_price", price.map { Money(minor: $0.regularMinor, asset: asset) })
            let ofUnit = price.flatMap { $0.isOfUnit ? $0 : nil }
            json.field("offer_price", ofUnit.map { Money(minor: $0.offerMinor, asset: asset) })
            json.field("discount", ofUnit.map { Money(minor: $0.discountMinor, asset: asset) })
            json.field("basket_reward", basketReward)
            json.field("how", how)
            json.field("limits_left", limits)
            json.field("valid_until", validUntil)
        }
    }
}

/// `{"data": [...]}`: the best offers first; there is no next page of a ranking.
struct OfferList: Sendable, JSONWritable {
    let offers: [Offer]

    func write(to json: inout JSONWriter) { json.object { $0.field("data", offers) } }
}

import Campaigns
import HTTPSupport
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
    let activation: OfferActivation
    let validUntil: Instant
}

/// Whether a shopper must activate an offer before the till gives it.
enum OfferActivation: String, Sendable {
    case none, needed, done

    init(of campaign: RunningCampaign, activated: Set<CampaignID>) {
        self = !campaign.needsActivation ? .none : activated.contains(campaign.id) ? .done : .needed
    }
}

extension Offer: JSONWritable {
    func write(to json: inout JSONWriter) {
        json.object { json in
            writeTerms(to: &json)
            json.field("limits_left", limits)
            json.field("activation", word: activation)
            json.field("valid_until", validUntil)
        }
    }

    /// What is the same for all who are shown the offer in a store and a language.
    func writeTerms(to json: inout JSONWriter) {
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
    }
}

/// Offers of one shopper, the best first, and where to go on.
protocol OfferPage: Sendable {
    /// The offers under this name, and `next_cursor`: null where none come after them.
    func writeMembers(naming offers: String, to json: inout JSONWriter)
}

extension OfferPage {
    /// `{"data": [...], "next_cursor": ...}`
    var listBytes: [UInt8] {
        var json = JSONWriter(reserving: 4_096)
        json.object { writeMembers(naming: "data", to: &$0) }
        return json.bytes
    }
}

/// As PostgreSQL has them.
struct OfferList: OfferPage {
    let offers: [Offer]
    /// The last offer of the page where others come after it.
    let next: OfferRank?

    func writeMembers(naming name: String, to json: inout JSONWriter) {
        json.field(name, offers)
        json.field("next_cursor", next?.cursor)
    }
}

extension OfferRank {
    var cursor: String { Base64URL.encode(Array(cursorKey.utf8)) }
}

public import Foundation

/// One product at one campaign's price, as a shopper is shown it. The till's price wins over the prices here.
public struct ShopperOffer: Sendable, Hashable, Codable {
    public struct Money: Sendable, Hashable, Codable {
        /// Minor units.
        public let amount: Int64
        /// ISO 4217.
        public let currency: String
    }

    public struct Product: Sendable, Hashable, Codable {
        public let id: String
        public let name: String

        enum CodingKeys: String, CodingKey {
            case id = "product_id"
            case name
        }
    }

    /// What the law wants shown where an offer is advertising.
    public struct Legal: Sendable, Hashable, Codable {
        public let advertiser: String?
        public let adToken: String?
        public let termsURL: String?

        enum CodingKeys: String, CodingKey {
            case advertiser
            case adToken = "ad_token"
            case termsURL = "terms_url"
        }
    }

    /// Units that the shopper may still take; nil where there is no such limit.
    public struct LimitsLeft: Sendable, Hashable, Codable {
        public let units: Int64?
        public let unitsPerShopper: Int64?
        public let unitsPerShopperWeek: Int64?
        public let unitsPerShopperDay: Int64?
        public let unitsPerReceipt: Int64?

        enum CodingKeys: String, CodingKey {
            case units
            case unitsPerShopper = "units_per_shopper"
            case unitsPerShopperWeek = "units_per_shopper_week"
            case unitsPerShopperDay = "units_per_shopper_day"
            case unitsPerReceipt = "units_per_receipt"
        }
    }

    public let campaign: String
    /// `supplier`, `retailer` or `shared`; others may come.
    public let fundedBy: String
    /// The label's, as a BCP 47 tag.
    public let language: String
    /// Ready to be shown.
    public let label: String
    public let title: String?
    public let terms: String?
    public let legal: Legal
    public let product: Product
    /// Of one unit; nil where no price is known.
    public let regularPrice: Money?
    public let offerPrice: Money?
    public let discount: Money?
    /// What costs less only together, in words.
    public let how: String?
    public let limitsLeft: LimitsLeft
    /// `none`, `needed` or `done`: the till gives what is `needed` once it is activated.
    public let activation: String
    /// RFC 3339, in UTC.
    public let validUntil: String

    enum CodingKeys: String, CodingKey {
        case campaign = "campaign_id"
        case fundedBy = "funded_by"
        case regularPrice = "regular_price"
        case offerPrice = "offer_price"
        case limitsLeft = "limits_left"
        case validUntil = "valid_until"
        case language, label, title, terms, legal, product, discount, how, activation
    }
}

/// Some of a shopper's offers, the best first.
public struct OfferAnswer: Sendable, Hashable {
    /// How new the offers are.
    public enum Freshness: Sendable, Hashable {
        /// The service sent them now.
        case fresh
        /// The service says that what was kept is the same still.
        case unchanged
        /// The service gave no answer; these were kept at the moment that is told.
        case kept(since: Date)
    }

    public let offers: [ShopperOffer]
    /// Where to go on; nil: these are all.
    public let nextCursor: String?
    public let freshness: Freshness
}

/// The body of an answer.
struct OfferPage: Codable {
    let data: [ShopperOffer]
    let nextCursor: String?

    enum CodingKeys: String, CodingKey {
        case data
        case nextCursor = "next_cursor"
    }
}

public import Foundation

#if canImport(FoundationNetworking)
    public import FoundationNetworking
#endif

/// Where a retailer's offers are, and as whom they are asked for.
///
/// A key of the role `app` reads the offers of every shopper: it belongs on the retailer's own server, never on a phone. On a phone
/// `retailer` is the address of that server, which knows who is logged in and forwards; `authorize` adds what it asks for.
public struct TradewindSettings: Sendable {
    /// `https://HOST/v1/retailers/RETAILER_ID`, or what forwards to it. Paths are added to it.
    public var retailer: URL
    /// Adds to each request what says who asks, such as `Authorization`.
    public var authorize: @Sendable (inout URLRequest) async throws -> Void
    /// BCP 47 tags, the best first; empty: the retailer's own.
    public var languages: [String]
    /// Where answers and events are kept between starts; nil: in memory alone.
    public var folder: URL?
    /// Seconds after which a request counts as unanswered.
    public var secondsMax: Double

    public init(
        retailer: URL, authorize: @escaping @Sendable (inout URLRequest) async throws -> Void, languages: [String] = [],
        folder: URL? = nil, secondsMax: Double = 10
    ) {
        self.retailer = retailer
        self.authorize = authorize
        self.languages = languages
        self.folder = folder
        self.secondsMax = secondsMax
    }

    /// As a server that holds a key of the role `app`.
    public init(retailer: URL, key: String, languages: [String] = [], folder: URL? = nil) {
        self.init(
            retailer: retailer, authorize: { $0.setValue("Bearer \(key)", forHTTPHeaderField: "Authorization") },
            languages: languages, folder: folder)
    }
}

import Foundation

/// Reads shoppers' offers, and keeps answers with their tags: an answer that is the same still costs a few bytes, and without a
/// network what was read last is shown.
public actor OffersClient {
    /// Answers that are kept, the newest ones.
    public static let answersMax = 100

    private struct Kept: Codable {
        let body: Data
        let etag: String
        var at: Date
    }

    private let transport: Transport
    private let file: KeptFile<[String: Kept]>
    private var kept: [String: Kept]
    /// Rises when all is forgotten: an answer that was under way then is nobody's.
    private var generation = 0

    public init(_ settings: TradewindSettings) {
        transport = Transport(settings)
        file = KeptFile("offers.json", in: settings.folder)
        kept = file.read() ?? [:]
    }

    /// The best offers of a shopper. `limit`: 1 to 200. Throws `TradewindFault` where there is no answer and none was kept.
    ///
    /// Source: `GET .../shoppers/{shopper_id}/offers` of the contract.
    public func offers(
        of shopper: String, store: String? = nil, category: String? = nil, limit: Int = 50, after cursor: String? = nil
    ) async throws -> OfferAnswer {
        let given = [("store_id", store), ("category_id", category), ("limit", "\(limit)"), ("cursor", cursor)]
        let query = given.compactMap { name, value in value.map { (name, $0) } }
        let languages = transport.settings.languages.joined(separator: ",")
        let name = ([transport.settings.retailer.absoluteString, shopper, languages] + query.map { "\($0)=\($1)" }).joined(
            separator: "\n")
        let (known, began) = (kept[name], generation)
        do {
            let answer = try await transport.get(["shoppers", shopper, "offers"], query, ifNoneMatch: known?.etag)
            if answer.status == 304, let known { return try read(known.body, .unchanged) }
            let fresh = try read(answer.body, .fresh)
            if let etag = answer.etag, began == generation { keep(Kept(body: answer.body, etag: etag, at: Date()), as: name) }
            return fresh
        } catch let fault as TradewindFault where fault.passes {
            guard let known, began == generation else { throw fault }
            return try read(known.body, .kept(since: known.at))
        }
    }

    /// Forgets all that is kept: another shopper has logged in.
    public func forget() {
        generation += 1
        kept = [:]
        file.write(kept)
    }

    private func read(_ body: Data, _ freshness: OfferAnswer.Freshness) throws -> OfferAnswer {
        do {
            let page = try JSONDecoder().decode(OfferPage.self, from: body)
            return OfferAnswer(offers: page.data, nextCursor: page.nextCursor, freshness: freshness)
        } catch {
            throw TradewindFault.unreadable("\(error)")
        }
    }

    private func keep(_ answer: Kept, as name: String) {
        kept[name] = answer
        if kept.count > Self.answersMax, let oldest = kept.min(by: { $0.value.at < $1.value.at })?.key { kept[oldest] = nil }
        file.write(kept)
    }
}

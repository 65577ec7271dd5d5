import Foundation
import TradewindClient

/// Shows a shopper's offers, tells that they were seen, and activates those that need it:
///
///     OFFERS_RETAILER=http://127.0.0.1:8080/v1/retailers/retailer_... OFFERS_KEY=... offers-example SHOPPER
@main
struct OffersExample {
    static func main() async throws {
        let environment = ProcessInfo.processInfo.environment
        guard let retailer = environment["OFFERS_RETAILER"].flatMap(URL.init(string:)),
            let key = environment["OFFERS_KEY"], let shopper = CommandLine.arguments.dropFirst().first
        else {
            print("usage: OFFERS_RETAILER=URL OFFERS_KEY=KEY offers-example SHOPPER")
            exit(64)
        }
        let settings = TradewindSettings(retailer: retailer, key: key, languages: ["en"])
        let (client, events) = (OffersClient(settings), OfferEvents(settings))
        let answer = try await client.offers(of: shopper, limit: 5)
        for offer in answer.offers {
            let price = [offer.regularPrice, offer.offerPrice].compactMap { $0.map { "\($0.amount) \($0.currency)" } }
            print("\(offer.label): \(offer.product.name) \(price.joined(separator: " -> ")), until \(offer.validUntil)")
            await events.record(.impression, campaign: offer.campaign, shopper: shopper)
            if offer.activation == "needed" { await events.record(.activation, campaign: offer.campaign, shopper: shopper) }
        }
        try await events.post { refusals in
            for refusal in refusals { print("\(refusal.kind.rawValue) of \(refusal.campaign): \(refusal.detail)") }
        }
    }
}

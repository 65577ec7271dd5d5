package import HTTPSupport
import HTTPTypes
import JSONText
import Kernel
package import Postgres
import Tenancy

/// GET  /v1/retailers/{retailer_id}/shoppers/{shopper_id}/offers    `?store_id`, `?category_id`, `?limit`, `?cursor`, in the
///                                                                  reader's language
/// POST /v1/retailers/{retailer_id}/offers/query                    the same for up to 500 shoppers
package struct OfferRoutes: Sendable {
    private let database: Database
    private let memory: OfferMemory

    package init(_ database: Database, _ memory: OfferMemory) {
        self.database = database
        self.memory = memory
    }

    package var routes: [Route] {
        [
            Route(
                .get, "/v1/retailers/{retailer_id}/shoppers/{shopper_id}/offers", "listShopperOffers",
                access: .retailer(.app, .till, .admin), handle: list),
            Route(
                .post, "/v1/retailers/{retailer_id}/offers/query", "queryOffers", access: .retailer(.app, .admin),
                handle: query),
        ]
    }

    private func list(_ call: Call) async throws -> Reply {
        let (retailer, shopper) = (try call.retailerID(), try call.externalID("shopper_id"))
        let question = try OfferQuestion(call)
        if let viewing = try await memory.viewing(question, at: retailer) {
            return Reply.offers(try await viewing.page(for: shopper).listBytes).revalidated(for: call)
        }
        let show = ShowOffers(retailer: retailer, question: question)
        let offers = try await database.read(as: call.scope) { tx in try show.run(for: shopper, in: tx, at: call.world.now()) }
        return Reply.offers(offers.listBytes).revalidated(for: call)
    }

    private func query(_ call: Call) async throws -> Reply {
        let (retailer, asked) = (try call.retailerID(), try OffersQuery(call))
        if let viewing = try await memory.viewing(asked.question, at: retailer) {
            var pages: [(ExternalID, any OfferPage)] = []
            for shopper in asked.shoppers { pages.append((shopper, try await viewing.page(for: shopper))) }
            return .offers(ShopperOffers(pages: pages).jsonBytes)
        }
        let show = ShowOffers(retailer: retailer, question: asked.question)
        return try await database.read(as: call.scope) { tx in
            let now = call.world.now()
            return .offers(
                ShopperOffers(pages: try asked.shoppers.map { ($0, try show.run(for: $0, in: tx, at: now)) }).jsonBytes)
        }
    }
}

extension Reply {
    /// Kept by the app alone, and asked about each time: an offer may be taken back at any moment.
    fileprivate static func offers(_ json: [UInt8]) -> Reply {
        Reply(
            status: .ok,
            headers: [.contentType: "application/json", .vary: "Accept-Language", .cacheControl: "private, no-cache"],
            body: .bytes(json))
    }
}

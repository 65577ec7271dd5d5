package import HTTPSupport
import HTTPTypes
import Kernel
package import Postgres
import Tenancy

/// GET /v1/retailers/{retailer_id}/shoppers/{shopper_id}/offers    `?store_id`, `?limit`, in the reader's language
package struct OfferRoutes: Sendable {
    private let database: Database

    package init(_ database: Database) { self.database = database }

    package var routes: [Route] {
        [
            Route(
                .get, "/v1/retailers/{retailer_id}/shoppers/{shopper_id}/offers", "listShopperOffers",
                access: .retailer(.app, .till, .admin), handle: list)
        ]
    }

    private func list(_ call: Call) async throws -> Reply {
        let (retailer, shopper) = (try call.retailerID(), try call.externalID("shopper_id"))
        let (store, limit) = try call.query { fields in
            (
                fields.externalIDIfPresent("store_id"),
                fields.integerIfPresent("limit", in: 1...ShowOffers.offersMax) ?? ShowOffers.offersUsual
            )
        }
        if let bound = call.principal.stores, !(store.map(bound.contains) ?? false) {
            throw Problem(
                403, "role_not_allowed", "The key's roles do not allow this.", detail: "The key is bound to its stores.")
        }
        let show = ShowOffers(
            retailer: retailer, shopper: shopper, store: store, limit: Int(limit),
            reader: LanguagePreferences(call.headers[.acceptLanguage]))
        let offers = try await database.read(as: call.scope) { tx in try show.run(in: tx, at: call.world.now()) }
        var reply = Reply.json(offers)
        reply.headers[.vary] = "Accept-Language"
        reply.headers[.cacheControl] = "private, no-store"
        return reply
    }
}

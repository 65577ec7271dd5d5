import EventLog
package import HTTPSupport
import HTTPTypes
import Kernel
import Parties
package import Postgres
import Tenancy

/// POST /v1/retailers/{retailer_id}/products/{product_id}/prices                  file a price; the same again changes nothing
/// GET  /v1/retailers/{retailer_id}/products/{product_id}/prices                  all that were filed
/// PUT  /v1/retailers/{retailer_id}/products/{product_id}/price-bounds/{kind}     file a cost, legal minimum or floor
/// GET  /v1/retailers/{retailer_id}/products/{product_id}/price-bounds            all that were filed
///
/// The retailer's own people only: a supplier learns of a bound by `not_allowed_at_this_price` and no more (DOMAIN 2).
package struct PriceRoutes: Sendable {
    private let database: Database

    package init(_ database: Database) { self.database = database }

    package var routes: [Route] {
        let path = "/v1/retailers/{retailer_id}/products/{product_id}"
        let readers = Access.retailer(.admin, .analyst, .approver, .feed, .marketer)
        return [
            Route(.get, path + "/prices", "listPrices", access: .anyRetailerRole, handle: list),
            Route(.post, path + "/prices", "filePrice", access: .catalogueWriters, handle: file),
            Route(.get, path + "/price-bounds", "listPriceBounds", access: readers, handle: listBounds),
            Route(.put, path + "/price-bounds/{kind}", "putPriceBound", access: .catalogueWriters, handle: putBound),
        ]
    }

    private func file(_ call: Call) async throws -> Reply {
        let (retailer, product) = (try call.retailerID(), try call.externalID("product_id"))
        let asset = try await asset(of: retailer, call)
        let price = try call.json { Price($0, in: asset, inPath: product) }
        return try await call.write(database) { tx in
            guard try tx.product(product, of: retailer) != nil else { throw Problem.notFound("product") }
            let outcome = try tx.upsert([price], of: retailer)
            try outcome.throwIfRefused()
            if outcome.unchanged == 0 {
                try tx.audit(Author(call), "price.filed", about: EventSubject(kind: "product", id: product.text), after: price)
            }
            return .json(price)
        }
    }

    private func putBound(_ call: Call) async throws -> Reply {
        let (retailer, product) = (try call.retailerID(), try call.externalID("product_id"))
        guard let kind = PriceBoundKind(rawValue: call.parameters["kind"] ?? "") else {
            throw Problem.notFound("kind of price bound")
        }
        let asset = try await asset(of: retailer, call)
        let bound = try call.json { PriceBound($0, in: asset, inPath: (product, kind)) }
        return try await call.write(database) { tx in
            guard try tx.product(product, of: retailer) != nil else { throw Problem.notFound("product") }
            let outcome = try tx.upsert([bound], of: retailer)
            try outcome.throwIfRefused()
            if outcome.unchanged == 0 {
                let subject = EventSubject(kind: "product", id: product.text)
                try tx.audit(Author(call), "price_bound.filed", about: subject, after: bound)
            }
            return .json(bound)
        }
    }

    private func list(_ call: Call) async throws -> Reply {
        let (retailer, product) = (try call.retailerID(), try call.externalID("product_id"))
        let page = try call.query(PageRequest.init)
        let cursor = try PriceCursor(page)
        let prices = try await database.read(as: call.scope) { tx in
            guard let asset = try tx.retailer(retailer)?.asset, try tx.product(product, of: retailer) != nil else {
                throw Problem.notFound("product")
            }
            return try tx.prices(of: product, in: asset, at: retailer, after: cursor, limit: page.limit + 1)
        }
        return .json(Page(prices, page) { PriceCursor($0).text })
    }

    private func listBounds(_ call: Call) async throws -> Reply {
        let (retailer, product) = (try call.retailerID(), try call.externalID("product_id"))
        let page = try call.query(PageRequest.init)
        let cursor = try PriceCursor(page)
        let bounds = try await database.read(as: call.scope) { tx in
            guard let asset = try tx.retailer(retailer)?.asset, try tx.product(product, of: retailer) != nil else {
                throw Problem.notFound("product")
            }
            return try tx.priceBounds(of: product, in: asset, at: retailer, after: cursor, limit: page.limit + 1)
        }
        return .json(Page(bounds, page) { PriceCursor($0).text })
    }

    /// The retailer's currency, which amounts must be in.
    private func asset(of retailer: RetailerID, _ call: Call) async throws -> Asset {
        let found = try await database.read(as: call.scope) { tx in try tx.retailer(retailer)?.asset }
        guard let found else { throw Problem.notFound("retailer") }
        return found
    }
}

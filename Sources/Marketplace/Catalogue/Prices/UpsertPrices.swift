import EventLog
package import Kernel
import Parties
package import Postgres

extension Transaction {
    /// Files prices. A price of an unknown product, store or price zone is refused.
    package func upsert(_ prices: [Price], of retailer: RetailerID) throws -> BatchOutcome {
        var batch = Batch(prices)
        let known = try knownPlaces(
            products: Set(prices.map(\.product)), stores: Set(prices.compactMap(\.place.storeID)),
            priceZones: Set(prices.compactMap(\.place.priceZoneID)), of: retailer)
        batch.refuse { known.refusal(of: $0) }
        batch.keepLast(by: \.key)
        let items = batch.items
        guard !items.isEmpty else { return batch.finished(created: 0, changed: 0) }
        try lockOrdinals(.product, of: retailer)
        let written = try write(items, of: retailer)
        if !written.isEmpty { try noteProfileChange(.prices, of: retailer) }
        return batch.finished(written: written)
    }

    /// Files price bounds. A bound of an unknown product or price zone is refused.
    package func upsert(_ bounds: [PriceBound], of retailer: RetailerID) throws -> BatchOutcome {
        var batch = Batch(bounds)
        let known = try knownPlaces(
            products: Set(bounds.map(\.product)), stores: [], priceZones: Set(bounds.compactMap(\.priceZone)), of: retailer)
        batch.refuse { known.refusal(of: $0) }
        batch.keepLast(by: \.key)
        let items = batch.items
        guard !items.isEmpty else { return batch.finished(created: 0, changed: 0) }
        try lockOrdinals(.product, of: retailer)
        let written = try write(items, of: retailer)
        if !written.isEmpty { try noteProfileChange(.prices, of: retailer) }
        return batch.finished(written: written)
    }

    private func write(_ prices: [Price], of retailer: RetailerID) throws -> [Bool] {
        try query(
            """
            INSERT INTO price (retailer_id, product_id, kind, place_kind, place_id, valid_from, valid_to, amount)
            SELECT \(retailer), line.product_id, line.kind, line.place_kind, line.place_id, line.valid_from, line.valid_to,
                line.amount
            FROM unnest(
                \(prices.map(\.product)), \(prices.map(\.kind)), \(prices.map(\.place.kind)), \(prices.map(\.place.id)),
                \(prices.map(\.validFrom)), \(prices.map(\.validTo)), \(prices.map(\.amount.minor))
            ) AS line (product_id, kind, place_kind, place_id, valid_from, valid_to, amount)
            ON CONFLICT (retailer_id, product_id, kind, place_kind, place_id, valid_from) DO UPDATE
                SET valid_to = excluded.valid_to, amount = excluded.amount
                WHERE (price.valid_to, price.amount) IS DISTINCT FROM (excluded.valid_to, excluded.amount)
            RETURNING xmax = 0
            """, { row in try row.next() })
    }

    private func write(_ bounds: [PriceBound], of retailer: RetailerID) throws -> [Bool] {
        try query(
            """
            INSERT INTO price_bound (retailer_id, product_id, kind, price_zone_id, valid_from, amount)
            SELECT \(retailer), line.product_id, line.kind, line.price_zone_id, line.valid_from, line.amount
            FROM unnest(
                \(bounds.map(\.product)), \(bounds.map(\.kind)), \(bounds.map(\.key.priceZone)),
                \(bounds.map(\.validFrom)), \(bounds.map(\.amount.minor))
            ) AS line (product_id, kind, price_zone_id, valid_from, amount)
            ON CONFLICT (retailer_id, product_id, kind, price_zone_id, valid_from) DO UPDATE
                SET amount = excluded.amount
                WHERE price_bound.amount <> excluded.amount
            RETURNING xmax = 0
            """, { row in try row.next() })
    }

    private func knownPlaces(
        products: Set<ExternalID>, stores: Set<ExternalID>, priceZones: Set<ExternalID>, of retailer: RetailerID
    ) throws -> KnownPlaces {
        KnownPlaces(
            products: Set(try productOrdinals(products.sorted(), of: retailer).keys),
            stores: stores.isEmpty ? [] : Set(try storeOrdinals(stores.sorted(), of: retailer).keys),
            priceZones: priceZones.isEmpty ? [] : try knownPriceZones(priceZones.sorted(), of: retailer))
    }

    private func knownPriceZones(_ ids: [ExternalID], of retailer: RetailerID) throws -> Set<ExternalID> {
        Set(
            try query(
                "SELECT price_zone_id FROM price_zone WHERE retailer_id = \(retailer) AND price_zone_id = ANY(\(ids))",
                { row in try row.next(ExternalID.self) }))
    }
}

/// What of a batch's references is there.
private struct KnownPlaces {
    let products: Set<ExternalID>
    let stores: Set<ExternalID>
    let priceZones: Set<ExternalID>

    func refusal(of price: Price) -> FieldProblem? {
        if let problem = refusal(product: price.product) { return problem }
        switch price.place {
        case .everywhere: return nil
        case .priceZone(let id): return refusal(priceZone: id)
        case .store(let id):
            return stores.contains(id)
                ? nil : FieldProblem(pointer: "/store_id", code: "unknown_store", detail: "There is no such store.")
        }
    }

    func refusal(of bound: PriceBound) -> FieldProblem? {
        refusal(product: bound.product) ?? bound.priceZone.flatMap { refusal(priceZone: $0) }
    }

    private func refusal(product id: ExternalID) -> FieldProblem? {
        products.contains(id)
            ? nil : FieldProblem(pointer: "/product_id", code: "unknown_product", detail: "There is no such product.")
    }

    private func refusal(priceZone id: ExternalID) -> FieldProblem? {
        priceZones.contains(id)
            ? nil
            : FieldProblem(pointer: "/price_zone_id", code: "unknown_price_zone", detail: "There is no such price zone.")
    }
}

extension PricePlace {
    fileprivate var storeID: ExternalID? { if case .store(let id) = self { id } else { nil } }
    fileprivate var priceZoneID: ExternalID? { if case .priceZone(let id) = self { id } else { nil } }
}

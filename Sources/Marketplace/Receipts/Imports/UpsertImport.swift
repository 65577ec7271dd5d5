import Catalogue
import HTTPSupport
package import JSONText
import Kernel
import Parties
package import Postgres
import Shoppers

/// A load of what the catalogue and the shoppers already know how to take in by the batch: each line is made true. The
/// lines are parsed within the chunk's transaction, since money is read in the retailer's currency.
package struct UpsertImport: ImportKind {
    package let word: ImportWord
    package let columns: [ImportColumn]
    private let take: @Sendable ([JSONValue], UpsertTarget, borrowing Transaction) throws -> [ImportVerdict]

    private init<Item: Sendable>(
        _ word: ImportWord, _ columns: [CSVColumn], _ parse: @escaping @Sendable (Fields, Asset) -> Item,
        _ upsert: @escaping @Sendable ([Item], UpsertTarget, borrowing Transaction) throws -> BatchOutcome
    ) {
        self.word = word
        self.columns = columns.map { ImportColumn($0) }
        take = { lines, target, tx in
            var verdicts = [ImportVerdict](repeating: .accepted, count: lines.count)
            var (items, places) = ([Item](), [Int]())
            for (place, line) in lines.enumerated() {
                do {
                    items.append(try Fields.read(line) { parse($0, target.asset) })
                    places.append(place)
                } catch {
                    verdicts[place] = ImportVerdict(Problem.of(error))
                }
            }
            for refused in try upsert(items, target, tx).refused {
                let problem = refused.problem
                verdicts[places[refused.index]] = .rejected(
                    code: problem.code, detail: problem.detail, pointer: problem.pointer)
            }
            return verdicts
        }
    }

    package func item(json: JSONValue) throws -> JSONValue { json }

    package func content(of item: JSONValue) -> [UInt8] { item.jsonBytes }

    package func apply(
        _ items: [JSONValue], to target: ImportTarget, in tx: borrowing Transaction
    ) throws -> ImportApplied {
        guard let retailer = try tx.retailer(target.retailer) else { throw Problem.notFound("retailer") }
        let upserts = UpsertTarget(retailer: target.retailer, asset: retailer.asset, now: target.world.now())
        return ImportApplied(try take(items, upserts, tx))
    }
}

private struct UpsertTarget: Sendable {
    let retailer: RetailerID
    let asset: Asset
    let now: Instant
}

extension UpsertImport {
    package static let stores = UpsertImport(.stores, Store.csvColumns, { fields, _ in Store(fields) }) { items, target, tx in
        try tx.upsert(items, of: target.retailer, at: target.now)
    }

    package static let products = UpsertImport(
        .products, Product.csvColumns, { fields, _ in Product(fields) }
    ) { items, target, tx in
        try tx.upsert(items, of: target.retailer, at: target.now)
    }

    package static let prices = UpsertImport(
        .prices, Price.csvColumns, { Price($0, in: $1) }
    ) { items, target, tx in
        try tx.upsert(items, of: target.retailer)
    }

    package static let priceBounds = UpsertImport(
        .priceBounds, PriceBound.csvColumns, { PriceBound($0, in: $1) }
    ) { items, target, tx in
        try tx.upsert(items, of: target.retailer)
    }

    package static let shoppers = UpsertImport(
        .shoppers, Shopper.csvColumns, { fields, _ in Shopper(fields) }
    ) { items, target, tx in
        try tx.upsert(items, of: target.retailer, at: target.now)
    }

    package static let tags = UpsertImport(
        .tags, TagMembership.csvColumns, { fields, _ in TagMembership(fields) }
    ) { items, target, tx in
        try tx.upsert(items, of: target.retailer, at: target.now)
    }
}

extension ImportVerdict {
    fileprivate init(_ problem: Problem) {
        guard let field = problem.fields.first else {
            self = .rejected(code: problem.code, detail: problem.detail ?? problem.title, pointer: "")
            return
        }
        self = .rejected(code: field.code, detail: field.detail, pointer: field.pointer)
    }
}

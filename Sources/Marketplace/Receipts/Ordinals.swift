import Kernel
import Postgres

/// The dense numbers of a retailer's stores and products, and the ids that were not known before.
struct Ordinals: Sendable {
    var known: [ExternalID: Int32] = [:]
    var stubs: [ExternalID] = []
}

/// Looks ids up and takes in the missing ones as stubs: a till sold it before the catalogue knew it. New numbers come
/// from the counter's row, locked until the commit: stores before products before shoppers.
extension Transaction {
    func ensureStores(_ ids: [ExternalID], of retailer: RetailerID) throws -> Ordinals {
        var ordinals = Ordinals(known: try storeOrdinals(ids, of: retailer))
        guard ordinals.known.count < ids.count else { return ordinals }
        let used = try lockCounter("store", of: retailer)
        ordinals.known = try storeOrdinals(ids, of: retailer)
        ordinals.stubs = ids.filter { ordinals.known[$0] == nil }
        let numbers = ordinals.number(from: used)
        try pipeline([
            """
            INSERT INTO store (retailer_id, store_id, ordinal, name, zone, is_stub)
            SELECT \(retailer), stub.id, stub.ordinal, stub.id, (SELECT zone FROM retailer WHERE retailer_id = \(retailer)), true
            FROM unnest(\(ordinals.stubs), \(numbers)) AS stub (id, ordinal)
            """, count("store", used + Int64(numbers.count), of: retailer),
        ])
        return ordinals
    }

    func ensureProducts(_ ids: [ExternalID], of retailer: RetailerID) throws -> Ordinals {
        var ordinals = Ordinals(known: try productOrdinals(ids, of: retailer))
        guard ordinals.known.count < ids.count else { return ordinals }
        let used = try lockCounter("product", of: retailer)
        ordinals.known = try productOrdinals(ids, of: retailer)
        ordinals.stubs = ids.filter { ordinals.known[$0] == nil }
        let numbers = ordinals.number(from: used)
        try pipeline([
            """
            INSERT INTO product (retailer_id, product_id, ordinal, name, is_stub)
            SELECT \(retailer), stub.id, stub.ordinal, stub.id, true
            FROM unnest(\(ordinals.stubs), \(numbers)) AS stub (id, ordinal)
            """, count("product", used + Int64(numbers.count), of: retailer),
        ])
        return ordinals
    }

    func shopperKeys(for ids: [ExternalID], creatingAt now: Instant, of retailer: RetailerID) throws -> [ExternalID: Int64] {
        var keys = try shopperKeys(of: ids, of: retailer)
        guard keys.count < ids.count else { return keys }
        let used = try lockCounter("shopper", of: retailer)
        keys = try shopperKeys(of: ids, of: retailer)
        let missing = ids.filter { keys[$0] == nil }
        let fresh = missing.indices.map { used + Int64($0) + 1 }
        for (id, key) in zip(missing, fresh) { keys[id] = key }
        try pipeline([
            """
            INSERT INTO shopper (retailer_id, shopper_key, created_at)
            SELECT \(retailer), fresh.shopper_key, \(now) FROM unnest(\(fresh)) AS fresh (shopper_key)
            """,
            """
            INSERT INTO shopper_card (retailer_id, shopper_id, shopper_key, since)
            SELECT \(retailer), card.id, card.shopper_key, \(now) FROM unnest(\(missing), \(fresh)) AS card (id, shopper_key)
            """, count("shopper", used + Int64(fresh.count), of: retailer),
        ])
        return keys
    }

    func storeOrdinals(_ ids: [ExternalID], of retailer: RetailerID) throws -> [ExternalID: Int32] {
        try numbers("SELECT store_id, ordinal FROM store WHERE retailer_id = \(retailer) AND store_id = ANY(\(ids))")
    }

    private func productOrdinals(_ ids: [ExternalID], of retailer: RetailerID) throws -> [ExternalID: Int32] {
        try numbers("SELECT product_id, ordinal FROM product WHERE retailer_id = \(retailer) AND product_id = ANY(\(ids))")
    }

    private func shopperKeys(of ids: [ExternalID], of retailer: RetailerID) throws -> [ExternalID: Int64] {
        try numbers(
            "SELECT shopper_id, shopper_key FROM shopper_card WHERE retailer_id = \(retailer) AND shopper_id = ANY(\(ids))")
    }

    private func numbers<Number: SQLDecodable>(_ sql: SQL) throws -> [ExternalID: Number] {
        let rows = try query(sql) { row in (try row.next(ExternalID.self), try row.next(Number.self)) }
        return Dictionary(rows) { first, _ in first }
    }

    /// How many numbers are used; nobody else takes one until the commit.
    private func lockCounter(_ kind: String, of retailer: RetailerID) throws -> Int64 {
        try execute(
            """
            INSERT INTO ordinal_counter (retailer_id, kind) VALUES (\(retailer), \(kind))
            ON CONFLICT (retailer_id, kind) DO NOTHING
            """)
        return try one(
            "SELECT used FROM ordinal_counter WHERE retailer_id = \(retailer) AND kind = \(kind) FOR UPDATE",
            { row in try row.next() })
    }

    private func count(_ kind: String, _ used: Int64, of retailer: RetailerID) -> SQL {
        "UPDATE ordinal_counter SET used = \(used) WHERE retailer_id = \(retailer) AND kind = \(kind)"
    }
}

extension Ordinals {
    /// Gives each stub the next number.
    fileprivate mutating func number(from used: Int64) -> [Int32] {
        let numbers = stubs.indices.map { Int32(used) + Int32($0) + 1 }
        for (id, number) in zip(stubs, numbers) { known[id] = number }
        return numbers
    }
}

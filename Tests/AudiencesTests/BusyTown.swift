import Audiences
import HTTPTypes
import JSONText
import Kernel
import Postgres
import Receipts
import TestSupport

/// A retailer where anything happens, through the service, in random order: sales of today and long ago, returns, voids,
/// lists, flags, merged, detached and erased shoppers, goods that move, traits, and days that pass.
struct BusyTown {
    let till: ShopTill
    var source: RandomTown
    private var number = 0
    /// Sales that may come back: number, day, product of the first line.
    private var sold: [(number: Int, day: BusinessDay, store: String, product: String, shopper: String)] = []
    private var shoppers: [String] = (0..<16).map { "h\($0)" }
    private var cards = 0

    static let products = (0..<10).map { "p\($0)" }
    static let stores = ["s0", "s1", "s2"]

    init(in market: TestMarket, seed: UInt64) async throws {
        till = try await ShopTill(market)
        source = RandomTown(seed: seed)
        for (id, parent) in [("dairy", nil), ("milk", "dairy"), ("cheese", "dairy"), ("pets", nil), ("cats", "pets")]
            as [(String, String?)]
        {
            try await till.put("categories/\(id)", ["name": .string(id), "parent_id": parent.map { .string($0) } ?? .null])
        }
        for product in Self.products { try await move(product) }
        for (store, region) in zip(Self.stores, ["north", "south", "south"]) {
            try await till.put("stores/\(store)", ["name": .string(store), "region": .string(region)])
        }
        for trait in ["cat_owner", "cheese_lover"] { try await define(trait) }
        for _ in 0..<60 { try await sell(on: till.today.adding(days: -Int32(source.roll(100)))) }
    }

    /// One random thing happens; its name, for a failed test.
    mutating func step() async throws -> String {
        switch source.roll(16) {
        case 0, 1, 2:
            try await sell(on: till.today)
            return "a sale of today"
        case 3, 4:
            let day = till.today.adding(days: -Int32(source.roll(380)))
            try await sell(on: day)
            return "a late sale of \(day)"
        case 5, 6: return try await bringBack()
        case 7: return try await void()
        case 8:
            try await till.tag(source.one(RandomTown.tagNames), [anyone()], remove: [anyone()])
            return "a list"
        case 9:
            try await till.replaceTag(source.one(RandomTown.tagNames), with: [anyone(), anyone()])
            return "another list"
        case 10:
            let shopper = anyone()
            try await till.put(
                "shoppers/\(shopper)",
                [
                    "kind": .string(source.one(["person", "person", "employee"])),
                    "personal_offers": source.one([true, false, .null]),
                ])
            return "flags of \(shopper)"
        case 11: return try await join()
        case 12:
            let product = source.one(Self.products)
            try await move(product)
            return "\(product) moves"
        case 13:
            try await till.put(
                "categories/milk", ["name": "Milk", "parent_id": .string(source.one(["dairy", "pets"]))])
            return "milk moves"
        case 14:
            let trait = source.one(["cat_owner", "cheese_lover"])
            try await define(trait)
            return "\(trait) is defined anew"
        default: return try await forget()
        }
    }

    private mutating func sell(on day: BusinessDay) async throws {
        number += 1
        let (shopper, store) = (anyone(), source.one(Self.stores))
        let lines = (0...source.roll(3)).map { _ in
            (source.one(Self.products), source.one([1_000, 1_000, 2_000, 5_000] as [Int64]))
        }
        try await till.sell(number, to: shopper, lines, on: day, at: store)
        sold.append((number, day, store, lines[0].0, shopper))
    }

    private mutating func bringBack() async throws -> String {
        number += 1
        if source.roll(4) == 0 {
            let shopper = anyone()
            try await till.returnUnmatched(number, by: shopper, product: "unknown", amount: 700)
            return "an unmatched return by \(shopper)"
        }
        guard let sale = sold.randomElement(using: &source.random) else { return "nothing" }
        do {
            try await till.return(
                number, of: sale.number, line: 1, by: source.one([sale.shopper, anyone(), nil]), soldOn: sale.day,
                at: sale.store, product: sale.product, milli: source.one([500, 1_000]), amount: source.one([300, 1_000]))
        } catch is FilingRefusal {
            return "a return that was refused"
        }
        return "a return of \(sale.number)"
    }

    private mutating func void() async throws -> String {
        number += 1
        guard let sale = sold.randomElement(using: &source.random) else { return "nothing" }
        do {
            try await till.void(number, of: sale.number, on: sale.day, at: sale.store)
        } catch is FilingRefusal {
            return "a void that was refused"
        }
        return "a void of \(sale.number)"
    }

    /// Two become one, or one leaves.
    private mutating func join() async throws -> String {
        let (one, other) = (anyone(), anyone())
        for shopper in [one, other] { try await till.put("shoppers/\(shopper)", [:]) }
        if source.roll(3) > 0 {
            try await till.merge(one, into: other)
            return "\(one) is \(other)"
        }
        let reply = try await till.market.send(.post, "\(till.base)/shoppers/\(one)/detach", as: till.admin, nil)
        return "\(one) leaves: \(reply.status)"
    }

    private mutating func forget() async throws -> String {
        let shopper = anyone()
        _ = try await till.market.delete("\(till.base)/shoppers/\(shopper)", as: till.admin)
        return "\(shopper) is forgotten"
    }

    private mutating func move(_ product: String) async throws {
        try await till.put(
            "products/\(product)",
            [
                "name": .string(product), "brand_id": source.one(["a", "b", "c", "d", .null]),
                "category_id": source.one(["dairy", "milk", "cheese", "pets", "cats", .null]),
            ])
    }

    private mutating func define(_ trait: String) async throws {
        if source.roll(5) == 0 {
            _ = try await till.market.delete("\(till.base)/traits/\(trait)", as: till.admin)
            return
        }
        let rule = source.traits().values.first.map { $0.jsonBytes } ?? []
        try await till.put("traits/\(trait)", ["rule": try JSONReader.parse(rule)])
    }

    private mutating func anyone() -> String { source.one(shoppers) }
}

extension RandomTown {
    /// From 0 up to below `count`.
    mutating func roll(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }

    mutating func one<Value>(_ values: [Value]) -> Value { values[roll(values.count)] }
}

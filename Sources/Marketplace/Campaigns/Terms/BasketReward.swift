package import HTTPSupport
package import JSONText
package import Kernel

/// What a shopper gets on several lines of a basket together (DOMAIN 3). It is split over the lines by their base amount,
/// largest remainder, ties by line number, so that each line has its own part to be paid, shown and given back.
package enum BasketReward: Hashable, Sendable {
    /// Of each `take` pieces of the campaign's products, dearest first, the cheapest `take - payFor` are free.
    case nForM(take: Int64, payFor: Int64)
    /// Products that cost less together.
    case set(ProductSet)
    /// So much of all matching lines, rounded once; where `fromMinor` is given, only when they come to that much.
    case percentOff(BasisPoints, fromMinor: Int64?)

    package static let takeMax: Int64 = 100

    package enum Kind: String, CaseIterable, Sendable {
        case nForM = "n_for_m"
        case set
        case percentOff = "lines_percent_off"
    }
}

/// Products that a shopper buys together: of each part so many pieces, whichever of its products.
package struct ProductSet: Hashable, Sendable {
    package static let partsMax = 10
    package static let quantityMax: Int64 = 100

    package struct Part: Hashable, Sendable {
        /// Sorted, each once, and in no other part.
        package let products: [ExternalID]
        package let quantity: Int64

        package init(products: [ExternalID], quantity: Int64) {
            self.products = products
            self.quantity = quantity
        }
    }

    /// What the pieces of one set cost less together; minor units are of the whole set.
    package enum Gain: Hashable, Sendable {
        case price(minor: Int64)
        case percentOff(BasisPoints)
        case amountOff(minor: Int64)
    }

    package let parts: [Part]
    package let gain: Gain

    package init(parts: [Part], gain: Gain) {
        self.parts = parts
        self.gain = gain
    }

    package var products: [ExternalID] { Set(parts.flatMap(\.products)).sorted() }
}

extension BasketReward {
    /// Units that go together; 1 where any number does.
    package var unitsTogether: Int64 {
        switch self {
        case .nForM(let take, _): take
        case .set(let set): set.parts.reduce(0) { $0 + $1.quantity }
        case .percentOff: 1
        }
    }

    /// The part of a set in which a product is; 0 for every product of what is no set; nil where it is in none.
    package func part(of product: ExternalID) -> Int? {
        guard case .set(let set) = self else { return 0 }
        return set.parts.firstIndex { $0.products.contains(product) }
    }

    /// How many pieces of each part go together.
    package var quantities: [Int64] {
        switch self {
        case .nForM(let take, _): [take]
        case .set(let set): set.parts.map(\.quantity)
        case .percentOff: [1]
        }
    }

    /// The nearest that a unit's reward comes to: what readers are told who know no other.
    package var nearest: Reward {
        switch self {
        case .nForM(let take, let payFor): .percentOff(Self.share(take - payFor, of: take))
        case .percentOff(let share, _): .percentOff(share)
        case .set(let set):
            switch set.gain {
            case .price(let minor): .fixedPrice(minor: minor)
            case .percentOff(let share): .percentOff(share)
            case .amountOff(let minor): .amountOff(minor: minor)
            }
        }
    }

    /// As a share of what is bought together, rounded up: at the least favourable of the prices of its parts. Nil where that
    /// depends on prices and one is not known.
    package func depth(atPrices prices: [ExternalID: Int64]) -> BasisPoints? {
        guard case .set(let set) = self else { return nearest.depth(atBase: 1) }
        if case .percentOff(let share) = set.gain { return share }
        var (least, most): (Int128, Int128) = (0, 0)
        for part in set.parts {
            let known = part.products.compactMap { prices[$0] }
            guard known.count == part.products.count, let low = known.min(), let high = known.max() else { return nil }
            least += Int128(low) * Int128(part.quantity)
            most += Int128(high) * Int128(part.quantity)
        }
        switch set.gain {
        case .price(let minor): return Self.share(max(0, most - Int128(minor)), of: most)
        case .amountOff(let minor): return Self.share(min(Int128(minor), least), of: least)
        case .percentOff(let share): return share
        }
    }

    private static func share(_ part: Int64, of whole: Int64) -> BasisPoints { share(Int128(part), of: Int128(whole)) }

    private static func share(_ part: Int128, of whole: Int128) -> BasisPoints {
        guard whole > 0 else { return BasisPoints(stored: 0) }
        return BasisPoints(stored: Int32((part * 10_000 + whole - 1) / whole))
    }
}

extension BasketReward: JSONWritable {
    /// `{"type": "n_for_m", "take": 3, "pay_for": 2}`, `{"type": "lines_percent_off", "basis_points": 1000, "from_amount":
    /// 50000}`, `{"type": "set", "parts": [{"products": ["p1"], "quantity": 1}, ...], "price": 19900}`, or for a set
    /// `basis_points` or `amount_off` in place of `price`. Amounts in minor units of the retailer's currency.
    package init(_ fields: Fields) {
        switch fields.word("type", Kind.self) {
        case .nForM:
            let take = fields.integer("take", in: 2...Self.takeMax)
            let payFor = fields.integer("pay_for", in: 1...(Self.takeMax - 1))
            if payFor >= take { fields.refuse("pay_for", "out_of_range", "Must be less than take.") }
            self = .nForM(take: max(take, 2), payFor: min(max(1, payFor), max(take, 2) - 1))
        case .set: self = .set(ProductSet(fields))
        case .percentOff:
            self = .percentOff(
                BasisPoints(stored: Int32(fields.integer("basis_points", in: 1...Int64(BasisPoints.whole)))),
                fromMinor: fields.integerIfPresent("from_amount", in: 1...Money.bound))
        }
    }

    package func write(to json: inout JSONWriter) {
        json.object { json in
            switch self {
            case .nForM(let take, let payFor):
                json.field("type", Kind.nForM.rawValue)
                json.field("take", take)
                json.field("pay_for", payFor)
            case .percentOff(let share, let fromMinor):
                json.field("type", Kind.percentOff.rawValue)
                json.field("basis_points", share)
                json.field("from_amount", fromMinor)
            case .set(let set):
                json.field("type", Kind.set.rawValue)
                set.writeMembers(to: &json)
            }
        }
    }
}

extension ProductSet {
    fileprivate init(_ fields: Fields) {
        let parts = fields.objects("parts", count: 1...Self.partsMax) { part in
            Part(products: part.names("products", max: 200), quantity: part.integer("quantity", in: 1...Self.quantityMax))
        }
        var seen: Set<ExternalID> = []
        for (place, part) in parts.enumerated() {
            if !seen.isDisjoint(with: part.products) {
                fields.refuse("parts", "repeated", "Part \(place + 1) names a product of an earlier one.")
            }
            seen.formUnion(part.products)
        }
        if parts.reduce(0, { $0 + $1.quantity }) < 2 {
            fields.refuse("parts", "bad_length", "A set has two pieces at least.")
        }
        let given = ["price", "basis_points", "amount_off"].filter { fields.has($0) }
        for other in given.dropFirst() { fields.refuse(other, "one_only", "Only one of price, basis_points, amount_off.") }
        let gain: Gain =
            switch given.first {
            case "basis_points":
                .percentOff(BasisPoints(stored: Int32(fields.integer("basis_points", in: 1...Int64(BasisPoints.whole)))))
            case "amount_off": .amountOff(minor: fields.integer("amount_off", in: 1...Money.bound))
            default: .price(minor: fields.integer("price", in: 0...Money.bound))
            }
        self.init(parts: parts, gain: gain)
    }

    fileprivate func writeMembers(to json: inout JSONWriter) {
        json.array("parts", parts) { json, part in
            json.object { json in
                json.field("products", part.products)
                json.field("quantity", part.quantity)
            }
        }
        switch gain {
        case .price(let minor): json.field("price", minor)
        case .percentOff(let share): json.field("basis_points", share)
        case .amountOff(let minor): json.field("amount_off", minor)
        }
    }
}

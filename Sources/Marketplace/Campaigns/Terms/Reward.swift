package import HTTPSupport
package import JSONText
package import Kernel

/// What a shopper gets on a unit of a campaign's product, or on several lines together (DOMAIN 2 and 3).
package enum Reward: Hashable, Sendable {
    /// So much of the base price.
    case percentOff(BasisPoints)
    /// So many minor units off each unit.
    case amountOff(minor: Int64)
    /// Each unit costs this, reached from the base price; no gain where the base is lower.
    case fixedPrice(minor: Int64)
    /// On several lines together.
    case basket(BasketReward)

    /// Nil where it is of a unit.
    package var basket: BasketReward? { if case .basket(let reward) = self { reward } else { nil } }

    /// Of a unit: what readers are told who know no reward of several lines.
    package var nearest: Reward { basket?.nearest ?? self }
}

extension Reward: JSONWritable {
    package func write(to json: inout JSONWriter) {
        if let basket { return basket.write(to: &json) }
        json.object { json in
            switch self {
            case .basket: break
            case .percentOff(let share):
                json.field("type", "percent_off")
                json.field("basis_points", share)
            case .amountOff(let minor):
                json.field("type", "amount_off")
                json.field("amount_per_unit", minor)
            case .fixedPrice(let minor):
                json.field("type", "fixed_price")
                json.field("price_per_unit", minor)
            }
        }
    }
}

extension Reward {
    private enum Kind: String, CaseIterable {
        case percentOff = "percent_off"
        case amountOff = "amount_off"
        case fixedPrice = "fixed_price"
    }

    /// `{"type": "percent_off", "basis_points": 1500}`, `{"type": "amount_off", "amount_per_unit": 2000}`,
    /// `{"type": "fixed_price", "price_per_unit": 9900}`; amounts in minor units of the retailer's currency.
    package init(_ fields: Fields) {
        switch fields.word("type", Kind.self) {
        case .percentOff:
            let share = fields.integer("basis_points", in: 1...Int64(BasisPoints.whole))
            self = .percentOff(BasisPoints(stored: Int32(share)))
        case .amountOff: self = .amountOff(minor: fields.integer("amount_per_unit", in: 1...Money.bound))
        case .fixedPrice: self = .fixedPrice(minor: fields.integer("price_per_unit", in: 0...Money.bound))
        }
    }

    /// As it stands in a version's column: of a unit, or of several lines.
    package init(stored fields: Fields) {
        if case .string(let word)? = fields.value("type"), BasketReward.Kind(rawValue: word) != nil {
            self = .basket(BasketReward(fields))
        } else {
            self.init(fields)
        }
    }
}

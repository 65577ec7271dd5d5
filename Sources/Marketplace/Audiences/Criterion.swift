package import Kernel
package import Profiles

/// One question about a shopper's profile: a leaf of a predicate. docs/audiences.md says exactly what each means. Lists
/// of ids are sorted and hold each once, so that equal questions are equal values.
package enum Criterion: Hashable, Sendable {
    /// At least so many receipts of the window in these stores together.
    case stores(any: [ExternalID], minReceipts: Int32)
    /// Money paid by receipt in the window, in minor units of the retailer's currency. No receipts: no match.
    case averageCheck(AmountRange)
    /// Receipts in the window.
    case purchaseFrequency(CountRange)
    /// Money paid in the window, in minor units.
    case spend(AmountRange)
    /// Days since the last receipt, ever. No receipts: no match.
    case recencyDays(CountRange)
    /// One of these is among the shopper's `top` brands by money in the window.
    case favouriteBrands(any: [ExternalID], top: Int32)
    /// Such goods on so many receipts of the last days.
    case bought(Merchandise, withinDays: Int32, minReceipts: Int32)
    case traits(Several<TraitName>)
    case rfmSegments([Segment])
    case rfmScores(RFMScores)
    /// Lists that the retailer uploads.
    case tags(Several<ExternalID>)

    package static let boughtDays: [Int32] = [30, 90, 180, 365]
    package static let topDefault: Int32 = 3
    package static let topMax: Int32 = 10
    package static let receiptsMax: Int32 = 1000
    package static let countMax: Int32 = 10_000
    package static let idsMax = 1000
    package static let namesMax = 50
}

/// Amounts in minor units: `gte` is within, `lt` is not. At least one is there, and `gte < lt`.
package struct AmountRange: Hashable, Sendable {
    package let gte: Int64?
    package let lt: Int64?

    package init(gte: Int64?, lt: Int64?) {
        self.gte = gte
        self.lt = lt
    }
}

/// Numbers, both ends within. At least one is there, and `gte <= lte`.
package struct CountRange: Hashable, Sendable {
    package let gte: Int32?
    package let lte: Int32?

    package init(gte: Int32?, lte: Int32?) {
        self.gte = gte
        self.lte = lte
    }
}

/// The least scores, 1 to 5; at least one is there.
package struct RFMScores: Hashable, Sendable {
    package let r: Int32?
    package let f: Int32?
    package let m: Int32?

    package init(r: Int32?, f: Int32?, m: Int32?) {
        self.r = r
        self.f = f
        self.m = m
    }
}

/// Names of which a shopper must have one, or all.
package struct Several<Name: Hashable & Sendable>: Hashable, Sendable {
    package enum Quantifier: String, Sendable, CaseIterable { case any, all }

    package let quantifier: Quantifier
    package let names: [Name]

    package init(_ quantifier: Quantifier, _ names: [Name]) {
        self.quantifier = quantifier
        self.names = names
    }

    /// How many of the names a shopper must have.
    var needed: Int32 { quantifier == .all ? Int32(names.count) : 1 }
}

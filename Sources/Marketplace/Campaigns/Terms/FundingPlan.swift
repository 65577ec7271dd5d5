package import HTTPSupport
package import JSONText
package import Kernel
package import Ledger

/// Which wallets pay a campaign, in their order (DOMAIN 6). Empty means: the agreement's wallet pays all of it.
///
/// A wallet stands in it once. Percentages come to the whole, or one wallet pays the remainder.
package struct FundingPlan: Hashable, Sendable {
    package static let partsMax = 8

    /// What one wallet pays of each discount.
    package enum Kind: Hashable, Sendable {
        case percent(BasisPoints)
        case amountPerUnit(minor: Int64)
        case remainder
    }

    package struct Part: Hashable, Sendable {
        package let wallet: WalletID
        package let kind: Kind
        /// The most that this wallet pays over the campaign, fee apart; `amountPerUnit` always has one.
        package let capMinor: Int64?

        package init(wallet: WalletID, kind: Kind, capMinor: Int64? = nil) {
            self.wallet = wallet
            self.kind = kind
            self.capMinor = capMinor
        }
    }

    package let parts: [Part]

    package init(parts: [Part] = []) { self.parts = parts }
}

extension FundingPlan {
    package enum Fault: String, Error {
        case walletTwice = "wallet_twice"
        case notTheWhole = "not_the_whole"
        case twoRemainders = "two_remainders"
        case capMissing = "cap_missing"
    }

    /// Why the parts cannot pay a discount together; nil where they can.
    package var fault: Fault? {
        guard !parts.isEmpty else { return nil }
        if Set(parts.map(\.wallet)).count < parts.count { return .walletTwice }
        let remainders = parts.count { $0.kind == .remainder }
        if remainders > 1 { return .twoRemainders }
        let percents = parts.reduce(Int32(0)) { sum, part in
            if case .percent(let share) = part.kind { sum + share.value } else { sum }
        }
        let hasAmounts = parts.contains { if case .amountPerUnit = $0.kind { true } else { false } }
        if remainders == 0, percents != BasisPoints.whole || hasAmounts { return .notTheWhole }
        if percents > BasisPoints.whole { return .notTheWhole }
        let uncapped = parts.contains { part in
            if case .amountPerUnit = part.kind { part.capMinor == nil } else { false }
        }
        return uncapped ? .capMissing : nil
    }
}

extension FundingPlan {
    /// The supplier's part of each discount, on which its fee is taken. `suppliersOwn` says of each part whether its wallet is
    /// the supplier's. Amounts by unit count as the supplier's where it pays at all: their share is not known beforehand.
    package func supplierShare(suppliersOwn: [Bool]) -> BasisPoints {
        precondition(parts.count == suppliersOwn.count, "each part has its owner")
        guard suppliersOwn.contains(true) else { return BasisPoints(stored: 0) }
        let others = zip(parts, suppliersOwn).reduce(Int32(0)) { sum, part in
            if case .percent(let share) = part.0.kind, !part.1 { sum + share.value } else { sum }
        }
        return BasisPoints(stored: BasisPoints.whole - others)
    }
}

extension FundingPlan {
    private enum Word: String, CaseIterable {
        case percent
        case amountPerUnit = "amount_per_unit"
        case remainder
    }

    /// A list of `{"wallet_id", "kind": "percent|amount_per_unit|remainder", "value", "cap"}`; amounts in minor units.
    package init(_ fields: Fields, _ name: String) {
        parts = fields.objectsIfPresent(name, max: Self.partsMax) { part in
            let kind: Kind =
                switch part.word("kind", Word.self) {
                case .percent: .percent(BasisPoints(stored: Int32(part.integer("value", in: 1...Int64(BasisPoints.whole)))))
                case .amountPerUnit: .amountPerUnit(minor: part.integer("value", in: 1...Money.bound))
                case .remainder: .remainder
                }
            return Part(
                wallet: part.id("wallet_id"), kind: kind, capMinor: part.integerIfPresent("cap", in: 1...Money.bound))
        }
        if let fault { fields.refuse(name, fault.rawValue, Self.detail(of: fault)) }
    }

    private static func detail(of fault: Fault) -> String {
        switch fault {
        case .walletTwice: "A wallet may stand in it once."
        case .notTheWhole: "Percentages must come to 10000, or one part is the remainder."
        case .twoRemainders: "Only one part may be the remainder."
        case .capMissing: "An amount for each unit needs a cap."
        }
    }
}

extension FundingPlan.Part: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("wallet_id", wallet)
            switch kind {
            case .percent(let share):
                json.field("kind", "percent")
                json.field("value", share)
            case .amountPerUnit(let minor):
                json.field("kind", "amount_per_unit")
                json.field("value", minor)
            case .remainder: json.field("kind", "remainder")
            }
            json.field("cap", capMinor)
        }
    }
}

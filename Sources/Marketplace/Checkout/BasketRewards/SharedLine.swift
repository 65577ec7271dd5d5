package import Campaigns
import Kernel
package import Offers

/// A line of a basket that may take part in a reward on several lines together.
package struct SharedLine: Sendable, Hashable {
    package let line: BasketLine
    /// So many of its units at most.
    package let units: Int64
    package let terms: CampaignProductTerms
    package let rules: RewardAmount.Rules

    package init(line: BasketLine, units: Int64, terms: CampaignProductTerms, rules: RewardAmount.Rules) {
        self.line = line
        self.units = units
        self.terms = terms
        self.rules = rules
    }

    /// What some of its units cost without us. Where the amount does not divide, the parts of a line still sum to it.
    func base(of count: Int64, after offset: Int64 = 0) -> Int64 {
        guard line.units > 1 else { return count > 0 ? line.baseMinor : 0 }
        let upTo = { (units: Int64) in Int64(Int128(line.baseMinor) * Int128(units) / Int128(line.units)) }
        return upTo(offset + count) - upTo(offset)
    }

    /// Thousandths in some of its units: a piece each, or the whole of what is no whole pieces.
    func quantityMilli(of count: Int64) -> Int64 { line.isWholePieces ? count * 1000 : line.quantityMilli }

    /// Whether a unit of it costs more than one of the other: then it is taken first. Equal ones by line number.
    func isDearer(than other: SharedLine) -> Bool {
        let (ours, theirs) = (
            Int128(line.baseMinor) * Int128(max(1, other.line.units)), Int128(other.line.baseMinor) * Int128(max(1, line.units))
        )
        return ours != theirs ? ours > theirs : line.lineNo < other.line.lineNo
    }

    /// What may be taken off some of its units at most, never below the minimum price.
    func most(of count: Int64, base: Int64) -> Int64 {
        let part = PricedPart(baseMinor: base, quantityMilli: quantityMilli(of: count), copies: 1)
        return max(0, base - (rules.minimumUnitPriceMinor.map(part.scaledUp) ?? 0))
    }

    /// `discount_max_per_unit` of some of its units.
    func cap(of count: Int64) -> Int64 {
        PricedPart(baseMinor: 0, quantityMilli: quantityMilli(of: count), copies: 1).scaled(terms.discountMaxPerUnitMinor)
    }
}

/// What a reward on several lines takes off one of them.
package struct LineShare: Sendable, Hashable {
    package let lineNo: Int32
    /// Units that take part.
    package let units: Int64
    /// What they cost without us.
    package let baseMinor: Int64
    package let amountMinor: Int64

    package init(lineNo: Int32, units: Int64, baseMinor: Int64, amountMinor: Int64) {
        self.lineNo = lineNo
        self.units = units
        self.baseMinor = baseMinor
        self.amountMinor = amountMinor
    }
}

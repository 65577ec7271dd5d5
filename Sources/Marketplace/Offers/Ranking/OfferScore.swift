/// How likely a shopper is to use an offer, as log odds in thousandths. Whole numbers, so that order and ties are the same on
/// every machine.
package struct OfferScore: Sendable, Hashable, Comparable {
    package let millilogits: Int32

    package init(millilogits: Int32) { self.millilogits = millilogits }

    package static func < (left: OfferScore, right: OfferScore) -> Bool { left.millilogits < right.millilogits }

    /// With another summand, like the pacing of a campaign. Stays within the bounds of the type.
    package func adding(millilogits: Int32) -> OfferScore {
        let (sum, isOver) = self.millilogits.addingReportingOverflow(millilogits)
        return OfferScore(millilogits: isOver ? (millilogits > 0 ? .max : .min) : sum)
    }
}

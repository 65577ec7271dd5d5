/// A closed range of 16-bit codes, and which of its two ends must be looked at exactly.
struct CodeRange {
    let low: UInt16
    let high: UInt16
    /// Codes whose amounts are only partly within; equal to an end, or 0 where that end is exact.
    let vagueLow: UInt16
    let vagueHigh: UInt16

    var isVague: Bool { vagueLow | vagueHigh != 0 }

    init(_ range: ClosedRange<UInt16>) {
        (low, high, vagueLow, vagueHigh) = (range.lowerBound, range.upperBound, 0, 0)
    }

    /// Nil where no amount can be within: amounts are not below zero.
    init?(amounts range: ClosedRange<Int64>) {
        guard range.upperBound >= 0 else { return nil }
        let (first, last) = (max(0, range.lowerBound), range.upperBound)
        low = AmountCode.code(of: first)
        high = AmountCode.code(of: last)
        vagueLow = AmountCode.least(of: low) == first ? 0 : low
        vagueHigh = AmountCode.greatest(of: high) == last ? 0 : high
    }

    /// 256 ordinals against the range: their mask, and the mask of those that must be looked at.
    @inline(__always)
    func compare(_ vectors: UnsafePointer<SIMD16<UInt16>>) -> (hits: SIMD16<UInt16>, vague: SIMD16<UInt16>) {
        let (lows, spans) = (SIMD16(repeating: low), SIMD16(repeating: high &- low))
        let (firsts, lasts) = (SIMD16(repeating: vagueLow), SIMD16(repeating: vagueHigh))
        var (hits, vague, bit) = (SIMD16<UInt16>.zero, SIMD16<UInt16>.zero, SIMD16<UInt16>.one)
        for place in 0..<16 {
            let numbers = unsafe vectors[place]
            hits |= Self.bits(numbers &- lows .<= spans) & bit
            vague |= Self.bits((numbers .== firsts) .| (numbers .== lasts)) & bit
            bit &+= bit
        }
        return (hits, vague & hits)
    }

    /// The same where both ends are exact.
    @inline(__always)
    func compareExact(_ vectors: UnsafePointer<SIMD16<UInt16>>) -> SIMD16<UInt16> {
        let (lows, spans) = (SIMD16(repeating: low), SIMD16(repeating: high &- low))
        var (hits, bit) = (SIMD16<UInt16>.zero, SIMD16<UInt16>.one)
        for place in 0..<16 {
            unsafe hits |= Self.bits(vectors[place] &- lows .<= spans) & bit
            bit &+= bit
        }
        return hits
    }

    /// A mask of lanes is all ones or all zeros in each.
    @inline(__always)
    private static func bits(_ mask: SIMDMask<SIMD16<Int16>>) -> SIMD16<UInt16> {
        unsafe unsafeBitCast(mask, to: SIMD16<UInt16>.self)
    }
}

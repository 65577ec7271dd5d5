/// An amount as 16 bits that keep its order: exact below 4 096, its twelve leading bits above, so that a code spans at most
/// one part in 2 048. 0 is "no amount". Amounts of one code differ only in what the code leaves out: whoever asks for a
/// range that begins or ends within a code looks at the exact amounts of that code.
package enum AmountCode {
    private static let exactBits = 12
    private static let exactBelow: Int64 = 1 << 12
    private static let mantissaBits = 11
    private static let widthMax = 40

    /// The code of all amounts that are larger than codes can tell apart.
    static let last: UInt16 = UInt16(1 + (1 << 12) + (widthMax - exactBits + 1) * (1 << 11))

    static func code(of amount: Int64) -> UInt16 {
        precondition(amount >= 0, "an amount is not below zero")
        guard amount >= exactBelow else { return UInt16(1 + amount) }
        let width = 63 - amount.leadingZeroBitCount
        guard width <= widthMax else { return last }
        let mantissa = Int(amount >> Int64(width - mantissaBits)) & ((1 << mantissaBits) - 1)
        return UInt16(1 + (1 << exactBits) + (width - exactBits) << mantissaBits + mantissa)
    }

    /// The least amount of a code.
    static func least(of code: UInt16) -> Int64 {
        precondition(code >= 1 && code <= last, "a code of an amount")
        let place = Int64(code) - 1
        guard place >= exactBelow else { return place }
        let width = exactBits + Int((place - exactBelow) >> Int64(mantissaBits))
        let mantissa = (place - exactBelow) & ((1 << Int64(mantissaBits)) - 1)
        return (1 << Int64(mantissaBits) + mantissa) << Int64(width - mantissaBits)
    }

    /// The greatest amount of a code.
    static func greatest(of code: UInt16) -> Int64 { code == last ? .max : least(of: code + 1) - 1 }
}

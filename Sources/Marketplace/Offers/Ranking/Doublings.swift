/// The logarithm to base 2 of 1 + n in thousandths, straight between powers of two: 0 is 0, 1 is 1 000, 3 is 2 000, 5 is
/// 2 500. Whole numbers only, so that it is the same on every machine.
enum Doublings {
    /// Of 1 023, the most that is told apart.
    static let most: Int32 = 10_000
    static let countMax: Int32 = 1_023

    static func of(_ count: Int32) -> Int32 {
        let size = min(countMax, max(0, count)) + 1
        let whole = Int32(31 - size.leadingZeroBitCount)
        return whole * 1_000 + (size - (1 << whole)) * 1_000 >> whole
    }
}

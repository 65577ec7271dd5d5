/// The logarithm to base 2 of 1 + n in thousandths, straight between powers of two: 0 is 0, 1 is 1 000, 3 is 2 000, 5 is
/// 2 500. Whole numbers only, so that it is the same on every machine.
enum Doublings {
    static let countMax: Int32 = 1 << 20

    static func of(_ count: Int32) -> Int32 {
        let size = UInt32(min(countMax, max(0, count))) + 1
        let whole = UInt32(31 - size.leadingZeroBitCount)
        let rest = size - (1 &<< whole)
        return Int32(whole * 1_000 + (rest * 1_000) &>> whole)
    }

    /// How close a day is: 0 for 1 023 days ago and longer, 10 000 for today.
    static func closeness(daysAgo: Int32?) -> Int32 {
        guard let daysAgo else { return 0 }
        return 10_000 - of(min(1_023, daysAgo))
    }
}

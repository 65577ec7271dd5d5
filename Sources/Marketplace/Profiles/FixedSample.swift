/// A part of a retailer's shoppers that is the same for all who look at it on a day: what is true of it is near enough to what is
/// true of all.
package enum FixedSample {
    /// So many shoppers at least are looked at, where there are as many.
    package static let shoppersMin: Int64 = 4_096

    /// Keys are dense: each so-manieth, rising.
    package static func keys(upTo keyMax: Int64) -> [UInt32] {
        guard keyMax > 0 else { return [] }
        return stride(from: 1, through: keyMax, by: Int(shoppersForEach(upTo: keyMax))).map { UInt32($0) }
    }

    /// How many shoppers each of them stands for.
    package static func shoppersForEach(upTo keyMax: Int64) -> Int64 { max(1, keyMax / shoppersMin) }
}

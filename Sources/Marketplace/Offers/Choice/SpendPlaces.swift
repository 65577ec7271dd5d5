/// Where a shopper's spend of a year stands among the retailer's shoppers, from a fixed sample of them.
struct SpendPlaces: Sendable {
    /// So many shoppers at least are looked at, where there are as many.
    static let sampleMin: Int64 = 4_096

    /// Rising.
    private let sample: [Int64]

    init(_ spends: [Int64]) { sample = spends.sorted() }

    /// Keys are dense: each so-manieth is looked at.
    static func sampleKeys(upTo keyMax: Int64) -> [Int64] {
        guard keyMax > 0 else { return [] }
        return Array(stride(from: 1, through: keyMax, by: Int(max(1, keyMax / sampleMin))))
    }

    /// Which part of the shoppers spent less, in basis points.
    func placeBp(of spendMinor: Int64) -> Int32 {
        guard !sample.isEmpty else { return 0 }
        var (low, high) = (0, sample.count)
        while low < high {
            let middle = (low + high) / 2
            if sample[middle] < spendMinor { low = middle + 1 } else { high = middle }
        }
        return Int32(low * 10_000 / sample.count)
    }
}

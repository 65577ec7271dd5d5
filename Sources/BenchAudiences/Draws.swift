/// SplitMix64 (Steele, Lea, Flood 2014): the same shoppers in each run.
struct Draws {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// From 0 to below 1.
    mutating func fraction() -> Double { Double(next() >> 11) * 0x1p-53 }

    mutating func below(_ end: Int) -> Int { Int(truncatingIfNeeded: (next() >> 32) &* UInt64(end) >> 32) }

    mutating func chance(_ share: Double) -> Bool { fraction() < share }

    /// About normal, mean 0 and deviation 1: twelve uniform draws have variance 1.
    mutating func normal() -> Double {
        var sum = -6.0
        for _ in 0..<3 {
            var bits = next()
            for _ in 0..<4 {
                sum += Double(bits & 0xFFFF) / 65_536
                bits >>= 16
            }
        }
        return sum
    }

    /// A rank from 0 to below `end`, low ones far more often: about as 1 / (rank + some).
    mutating func popular(_ end: Int) -> Int {
        let draw = fraction()
        return min(end - 1, Int(Double(end) * draw * draw * draw))
    }
}

import Glibc

/// What a random number of the town is for. Each purpose has its own numbers, so adding a draw to one never shifts
/// those of another.
enum Purpose: UInt64 {
    case store = 1
    case supplier = 2
    case brand = 3
    case product = 4
    case promotion = 5
    case population = 6
    case habits = 7
    case usualProduct = 8
    case favouriteBrand = 9
    case visits = 10
    case trip = 11
    case look = 12
    case number = 13
}

/// Random numbers by address: the numbers of (seed, purpose, first, second) are a pure function of these four, so any
/// shopper, day or basket of a town can be generated alone, in any order and in parallel, with the same result.
///
/// The address is hashed to a SplitMix64 state (Steele, Lea, Flood, "Fast splittable pseudorandom number generators",
/// 2014), which then counts on.
struct Draws {
    private var state: UInt64

    init(seed: UInt64, _ purpose: Purpose, _ first: UInt64 = 0, _ second: UInt64 = 0) {
        state = Self.mixed(Self.mixed(Self.mixed(seed &+ purpose.rawValue &* Self.step) ^ first) &+ second &* Self.step)
    }

    /// The next 64 random bits.
    mutating func next() -> UInt64 {
        state &+= Self.step
        return Self.mixed(state)
    }

    /// A number of 0 ..< 1.
    mutating func unit() -> Double { Self.unit(next()) }

    /// An index of 0 ..< `count`.
    mutating func index(below count: Int) -> Int {
        Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(count)).high)
    }

    /// A number of the normal distribution with mean 0 and deviation 1 (Box and Muller).
    mutating func normal() -> Double {
        let radius = (-2 * log(1 - unit())).squareRoot()
        return radius * cos(2 * Double.pi * unit())
    }

    /// 64 random bits read as a fraction of 0 ..< 1.
    static func unit(_ bits: UInt64) -> Double { Double(bits >> 11) * 0x1p-53 }

    private static let step: UInt64 = 0x9E37_79B9_7F4A_7C15

    private static func mixed(_ bits: UInt64) -> UInt64 {
        var bits = bits
        bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
        return bits ^ bits >> 31
    }
}

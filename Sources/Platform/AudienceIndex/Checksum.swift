/// A 64-bit checksum of memory, four words at a time: finds damage, not intent. Multiplication and rotation by the primes of
/// xxHash (https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md).
struct Checksum {
    private static let one: UInt64 = 0x9E37_79B1_85EB_CA87
    private static let two: UInt64 = 0xC2B2_AE3D_27D4_EB4F

    static func of(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var lanes = SIMD4<UInt64>(one &+ two, two, 0, 0 &- one)
        let blocks = bytes.count / 32
        for block in 0..<blocks {
            let words = unsafe bytes.loadUnaligned(fromByteOffset: block * 32, as: SIMD4<UInt64>.self)
            lanes = mix(lanes, words)
        }
        var sum = UInt64(bytes.count) &* one
        for lane in 0..<4 { sum = rotate(sum ^ lanes[lane]) &* two }
        for place in blocks * 32..<bytes.count { unsafe sum = rotate(sum ^ UInt64(bytes[place]) &* one) &* two }
        sum ^= sum >> 33
        sum &*= two
        return sum ^ sum >> 29
    }

    @inline(__always) private static func mix(_ lanes: SIMD4<UInt64>, _ words: SIMD4<UInt64>) -> SIMD4<UInt64> {
        let sums = lanes &+ words &* SIMD4(repeating: two)
        return (sums &<< SIMD4(repeating: 31) | sums &>> SIMD4(repeating: 33)) &* SIMD4(repeating: one)
    }

    private static func rotate(_ word: UInt64) -> UInt64 { word << 27 | word >> 37 }
}

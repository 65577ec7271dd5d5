/// What stands for the bytes of an answer in its `ETag`: the same on every node, another as soon as a byte differs but by
/// accident of 1 in 2^64. No defence against who looks for two answers of one tag.
package enum ContentTag {
    /// Eight bytes at a time, each mixed in by a multiplication whose high half is folded back (wyhash's step,
    /// https://github.com/wangyi-fudan/wyhash).
    package static func of(_ bytes: [UInt8]) -> UInt64 {
        var tag: UInt64 = 0x9E37_79B9_7F4A_7C15 ^ UInt64(truncatingIfNeeded: bytes.count)
        unsafe bytes.withUnsafeBytes { bytes in
            var place = 0
            while place + 8 <= bytes.count {
                tag = mixed(tag, unsafe UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)))
                place += 8
            }
            var rest: UInt64 = 0
            while place < bytes.count {
                rest = rest << 8 | UInt64(unsafe bytes[place])
                place += 1
            }
            tag = mixed(tag, rest)
        }
        return tag
    }

    private static func mixed(_ tag: UInt64, _ word: UInt64) -> UInt64 {
        let (high, low) = (tag ^ word).multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
        return high ^ low &+ word
    }
}

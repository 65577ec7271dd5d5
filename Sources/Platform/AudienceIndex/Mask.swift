import Glibc

/// One bit for each ordinal of a chunk, 8 KiB, of one worker. Counts come with each change: the caller chooses by them
/// what is cheapest next.
@safe struct Mask {
    let words: UnsafeMutablePointer<UInt64>

    init(_ words: UnsafeMutablePointer<UInt64>) { unsafe self.words = unsafe words }

    func clear() { unsafe memset(words, 0, Chunk.words * 8) }

    func fill() { unsafe memset(words, 0xFF, Chunk.words * 8) }

    func copy(_ other: Mask) { unsafe memcpy(words, other.words, Chunk.words * 8) }

    func copy(_ other: UnsafePointer<UInt64>) { unsafe memcpy(words, other, Chunk.words * 8) }

    func count() -> Int {
        var count = 0
        for word in 0..<Chunk.words { unsafe count &+= words[word].nonzeroBitCount }
        return count
    }

    @discardableResult
    func intersect(_ other: UnsafePointer<UInt64>) -> Int {
        var count = 0
        for word in 0..<Chunk.words {
            let kept = unsafe words[word] & other[word]
            unsafe words[word] = kept
            count &+= kept.nonzeroBitCount
        }
        return count
    }

    @discardableResult
    func subtract(_ other: UnsafePointer<UInt64>) -> Int {
        var count = 0
        for word in 0..<Chunk.words {
            let kept = unsafe words[word] & ~other[word]
            unsafe words[word] = kept
            count &+= kept.nonzeroBitCount
        }
        return count
    }

    @discardableResult
    func unite(_ other: UnsafePointer<UInt64>) -> Int {
        var count = 0
        for word in 0..<Chunk.words {
            let kept = unsafe words[word] | other[word]
            unsafe words[word] = kept
            count &+= kept.nonzeroBitCount
        }
        return count
    }

    func countShared(with other: UnsafePointer<UInt64>) -> Int {
        var count = 0
        for word in 0..<Chunk.words { unsafe count &+= (words[word] & other[word]).nonzeroBitCount }
        return count
    }

    func intersect(_ other: Mask) -> Int { unsafe intersect(UnsafePointer(other.words)) }
    func subtract(_ other: Mask) -> Int { unsafe subtract(UnsafePointer(other.words)) }
    func unite(_ other: Mask) -> Int { unsafe unite(UnsafePointer(other.words)) }
    func countShared(with other: Mask) -> Int { unsafe countShared(with: UnsafePointer(other.words)) }

    @inline(__always) func has(_ rest: UInt16) -> Bool { unsafe words[Int(rest >> 6)] >> UInt64(rest & 63) & 1 == 1 }

    /// 1 where it is in: adding that is no branch, and a branch would be a coin toss.
    @inline(__always) func bit(_ rest: UInt16) -> Int {
        unsafe Int(truncatingIfNeeded: words[Int(rest >> 6)] >> UInt64(rest & 63) & 1)
    }

    @inline(__always) func insert(_ rest: UInt16) { unsafe words[Int(rest >> 6)] |= 1 << UInt64(rest & 63) }

    @inline(__always) func remove(_ rest: UInt16) { unsafe words[Int(rest >> 6)] &= ~(1 << UInt64(rest & 63)) }

    @inline(__always) func forEach(_ body: (UInt16) -> Void) {
        for word in 0..<Chunk.words {
            var rest = unsafe words[word]
            while rest != 0 {
                body(UInt16(truncatingIfNeeded: word << 6 | rest.trailingZeroBitCount))
                rest &= rest &- 1
            }
        }
    }
}

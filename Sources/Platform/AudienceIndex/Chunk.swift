/// Ordinals are looked at by 65 536 at once: a mask of them is 8 KiB and stays in the first cache, a column of them 128 KiB
/// and stays in the second.
package enum Chunk {
    package static let size = 1 << 16
    static let words = size / 64
    /// The largest list that is cheaper to go through one by one than a mask is as a whole.
    static let listMax = 1024
    /// Sets keep up to so many ordinals of a chunk as a list: beyond, a bitmap is smaller.
    static let arrayMax = 4096

    package static func count(for ordinals: Int) -> Int { (ordinals + size - 1) / size }
}

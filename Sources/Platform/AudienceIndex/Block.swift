import Glibc

/// Zeroed memory of a fixed size that begins a cache line; large blocks ask for huge pages, which halves the time of a scan
/// that leaves the cache. Whoever holds it decides who may write when: that is why it may be sent.
@safe final class Block: @unchecked Sendable {
    let start: UnsafeMutableRawPointer
    let byteCount: Int

    private static let cacheLine = 64
    private static let hugePage = 2 << 20

    init(byteCount: Int) {
        let isLarge = byteCount >= 2 * Self.hugePage
        let alignment = isLarge ? Self.hugePage : Self.cacheLine
        let size = (max(byteCount, 1) + alignment - 1) / alignment * alignment
        guard let memory = unsafe aligned_alloc(alignment, size) else { preconditionFailure("no memory for the index") }
        if isLarge { unsafe _ = madvise(memory, size, MADV_HUGEPAGE) }
        unsafe memset(memory, 0, size)
        unsafe start = unsafe memory
        self.byteCount = byteCount
    }

    convenience init<Element: BitwiseCopyable>(of elements: [Element]) {
        self.init(byteCount: elements.count * MemoryLayout<Element>.stride)
        unsafe elements.withUnsafeBytes { bytes in
            if let first = bytes.baseAddress { unsafe start.copyMemory(from: first, byteCount: bytes.count) }
        }
    }

    deinit { unsafe free(start) }

    func pointer<Element: BitwiseCopyable>(to type: Element.Type) -> UnsafeMutablePointer<Element> {
        unsafe start.assumingMemoryBound(to: type)
    }
}

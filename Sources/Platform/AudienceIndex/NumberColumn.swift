/// One 16-bit number for each ordinal, 0 where nothing was put.
///
/// 256 ordinals are a block of sixteen vectors of sixteen lanes, turned on its side: ordinal 16 l + i stands in lane l of
/// vector i. Bit i of lane l is then ordinal 16 l + i of the answer, so that comparing sixteen vectors yields a mask in
/// order, without moving bits between lanes. Written only by whoever may change the index, while nobody reads.
@safe package final class NumberColumn: @unchecked Sendable {
    package let count: Int
    let block: Block
    let numbers: UnsafeMutablePointer<UInt16>

    static let lanes = 16
    /// Ordinals of a block, and the words of a mask that they fill.
    static let blockSize = 256
    static let blockWords = 4

    package convenience init(count: Int) {
        self.init(count: count, Block(byteCount: Chunk.count(for: count) * Chunk.size * 2))
    }

    /// Numbers that stand in memory already, as many as whole chunks have.
    init(count: Int, _ block: Block) {
        self.count = count
        self.block = block
        unsafe numbers = block.pointer(to: UInt16.self)
    }

    package var byteCount: Int { block.byteCount }

    package subscript(ordinal: Int) -> UInt16 {
        get {
            precondition(ordinal >= 0 && ordinal < count, "an ordinal of the column")
            return unsafe numbers[Self.place(of: ordinal)]
        }
        set {
            precondition(ordinal >= 0 && ordinal < count, "an ordinal of the column")
            unsafe numbers[Self.place(of: ordinal)] = newValue
        }
    }

    @inline(__always) static func place(of ordinal: Int) -> Int {
        ordinal & ~255 | (ordinal & 15) << 4 | (ordinal >> 4) & 15
    }

    /// Without a check: for ordinals that a set of this index gave.
    @inline(__always) func number(at ordinal: Int) -> UInt16 { unsafe numbers[Self.place(of: ordinal)] }

    /// The vectors of a chunk, sixteen for each block.
    func vectors(ofChunk chunk: Int) -> UnsafePointer<SIMD16<UInt16>> {
        unsafe UnsafePointer(
            UnsafeRawPointer(numbers + chunk * Chunk.size).assumingMemoryBound(to: SIMD16<UInt16>.self))
    }
}

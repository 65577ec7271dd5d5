import CZlib

/// Writes one gzip member, piece by piece. The same bytes and level give the same member: it carries no time and no
/// name.
///
/// It is confined to whoever made it: not `Sendable`.
@safe package final class GzipEncoder {
    /// How hard it tries: 1 is fast, 9 is small.
    package static let levels = 1...9
    private static let pieceBytes = 64 * 1024

    /// On the heap, since zlib keeps its address.
    private let stream: UnsafeMutablePointer<z_stream>
    private var isFinished = false

    package init(level: Int = 6) {
        precondition(Self.levels.contains(level), "a level is 1 to 9")
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let status = unsafe tradewind_deflate_gzip_init(stream, Int32(level))
        precondition(status == Z_OK, "zlib has no memory for a stream")
    }

    deinit {
        unsafe deflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Takes bytes and returns what of the member is ready, often nothing.
    package func feed(_ bytes: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        var start = 0
        // zlib counts in 32 bits.
        while start < bytes.count {
            let end = min(bytes.count, start + Int(Int32.max))
            deflate(bytes[start..<end], flush: Z_NO_FLUSH, onto: &output)
            start = end
        }
        return output
    }

    /// Returns the rest of the member. Nothing may be fed afterwards.
    package func finish() -> [UInt8] {
        var output: [UInt8] = []
        deflate([], flush: Z_FINISH, onto: &output)
        isFinished = true
        return output
    }

    private func deflate(_ bytes: ArraySlice<UInt8>, flush: Int32, onto output: inout [UInt8]) {
        precondition(!isFinished, "the member is finished")
        unsafe bytes.withUnsafeBufferPointer { input in
            unsafe stream.pointee.next_in = unsafe UnsafeMutablePointer(mutating: input.baseAddress)
            unsafe stream.pointee.avail_in = UInt32(input.count)
            var isFull = true
            while isFull {
                let piece = unsafe [UInt8](unsafeUninitializedCapacity: Self.pieceBytes) { buffer, count in
                    unsafe stream.pointee.next_out = buffer.baseAddress
                    unsafe stream.pointee.avail_out = UInt32(Self.pieceBytes)
                    let status = unsafe CZlib.deflate(stream, flush)
                    precondition(status != Z_STREAM_ERROR, "zlib's stream is in order")
                    count = unsafe Self.pieceBytes - Int(stream.pointee.avail_out)
                }
                output += piece
                isFull = piece.count == Self.pieceBytes
            }
        }
    }
}

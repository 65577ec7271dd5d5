import CZlib

/// Inflates a gzip stream (RFC 1952) of one or more members, piece by piece, in constant memory.
///
/// Feed a chunk, take `next()` until it is nil, and so on; `finish()` tells a whole stream from a truncated one. The
/// output never passes the limits by more than it takes to notice; what follows a failure is the same failure.
///
/// It is confined to whoever made it: not `Sendable`.
@safe package final class GzipDecoder {
    package enum Failure: Error, Hashable, Sendable {
        /// Not gzip, a bad checksum, or something other than a member after a member.
        case corrupt
        /// The stream ended within a member, or had none.
        case truncated
        case outputTooLarge(bytesMax: Int)
        case ratioTooHigh(ratioMax: Int)
    }

    /// The size of a full piece of output.
    package static let pieceBytes = 64 * 1024

    private let limits: GzipLimits
    /// On the heap, since zlib keeps its address.
    private let stream: UnsafeMutablePointer<z_stream>
    private var input: [UInt8] = []
    private var inputTaken = 0
    private var totals = (input: 0, output: 0)
    private var state = State.beforeMember
    private var members = 0

    private enum State: Equatable {
        case beforeMember
        case inMember
        /// zlib filled the whole last piece, so it may hold more although the input is used up.
        case holdingOutput
        case failed(Failure)
    }

    package init(limits: GzipLimits) {
        self.limits = limits
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let status = unsafe tradewind_inflate_gzip_init(stream)
        precondition(status == Z_OK, "zlib has no memory for a stream")
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Gives the next chunk of the stream. The one before it must be used up: `next()` returned nil.
    package func feed(_ chunk: [UInt8]) {
        precondition(inputTaken == input.count, "the chunk before is not used up")
        input = chunk
        inputTaken = 0
    }

    /// The next inflated bytes, 1 to `pieceBytes` of them, or nil when another chunk is needed.
    package func next() throws(Failure) -> [UInt8]? {
        if case .failed(let failure) = state { throw failure }
        do {
            while inputTaken < input.count || state == .holdingOutput {
                let piece = try inflatePiece()
                try checkLimits()
                if !piece.isEmpty { return piece }
            }
            return nil
        } catch {
            state = .failed(error)
            throw error
        }
    }

    /// Call after the last `next()`: refuses a stream that is not whole.
    package func finish() throws(Failure) {
        if case .failed(let failure) = state { throw failure }
        guard state == .beforeMember, members > 0 else { throw .truncated }
    }

    private func inflatePiece() throws(Failure) -> [UInt8] {
        var (status, taken) = (Z_OK, 0)
        let piece = unsafe [UInt8](unsafeUninitializedCapacity: Self.pieceBytes) { output, count in
            (status, taken, count) = unsafe inflate(into: output)
        }
        inputTaken += taken
        totals.input += taken
        totals.output += piece.count
        switch status {
        case Z_STREAM_END:
            members += 1
            state = .beforeMember
            unsafe inflateReset(stream)
        // Z_BUF_ERROR is no error: there was nothing to do.
        case Z_OK, Z_BUF_ERROR:
            state = piece.count == Self.pieceBytes ? .holdingOutput : .inMember
        default:
            throw .corrupt
        }
        return piece
    }

    private func inflate(into output: UnsafeMutableBufferPointer<UInt8>) -> (status: Int32, taken: Int, count: Int) {
        unsafe input.withUnsafeBufferPointer { bytes in
            let available = min(bytes.count - inputTaken, Int(UInt32.max))
            unsafe stream.pointee.next_in = unsafe UnsafeMutablePointer(mutating: bytes.baseAddress?.advanced(by: inputTaken))
            unsafe stream.pointee.avail_in = UInt32(available)
            unsafe stream.pointee.next_out = output.baseAddress
            unsafe stream.pointee.avail_out = UInt32(Self.pieceBytes)
            let status = unsafe CZlib.inflate(stream, Z_NO_FLUSH)
            return unsafe (
                status, available - Int(stream.pointee.avail_in), Self.pieceBytes - Int(stream.pointee.avail_out)
            )
        }
    }

    private func checkLimits() throws(Failure) {
        if totals.output > limits.outputBytesMax { throw .outputTooLarge(bytesMax: limits.outputBytesMax) }
        guard totals.output > GzipLimits.ratioFreeBytes else { return }
        let (allowed, overflow) = totals.input.multipliedReportingOverflow(by: limits.ratioMax)
        if !overflow && totals.output > allowed { throw .ratioTooHigh(ratioMax: limits.ratioMax) }
    }
}

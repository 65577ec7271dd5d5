/// Where a line stands in its stream.
package struct LinePosition: Hashable, Sendable {
    /// From 1.
    package let number: Int
    /// Of the line's first byte, from 0. A byte order mark counts, so an import can go on from here.
    package let offset: Int

    package init(number: Int, offset: Int) {
        self.number = number
        self.offset = offset
    }
}

/// Cuts a stream of bytes into lines, in constant memory.
///
/// A line ends with `\n` or `\r\n`, or where the stream ends; the ending is not part of it, nor is a UTF-8 byte order
/// mark at the start of the stream. A stream that ends with a newline has no empty line after it. A line that is
/// longer than the limit is told by its position alone, and the next one is read as usual; throw to stop instead.
///
/// After an error from a closure the splitter is spent.
package struct LineSplitter {
    package typealias OnLine = (LinePosition, ArraySlice<UInt8>) throws -> Void
    package typealias OnTooLong = (LinePosition) throws -> Void

    private let lineBytesMax: Int
    private var mark: ByteOrderMark
    private var number: Int
    private var offset: Int
    /// The current line, as far as it stood in chunks before this one; emptied once it is too long.
    private var carry: [UInt8] = []
    private var carriedBytes = 0

    /// - Parameters:
    ///   - lineBytesMax: without the line's ending.
    ///   - position: where the stream begins, when it goes on from the middle of a file.
    package init(lineBytesMax: Int, from position: LinePosition = LinePosition(number: 1, offset: 0)) {
        precondition(lineBytesMax > 0, "a limit is positive")
        self.lineBytesMax = lineBytesMax
        mark = ByteOrderMark(isAtStart: position.offset == 0)
        number = position.number
        offset = position.offset
    }

    /// Gives each line that ends in this chunk to `line`, in order.
    package mutating func feed(_ chunk: [UInt8], line: OnLine, tooLong: OnTooLong) throws {
        var start = mark.skip(in: chunk)
        if offset == 0 && mark.isFound { offset = ByteOrderMark.bytes.count }
        if start < chunk.count { carry(mark.takeBroken()) }
        while let end = Self.newline(in: chunk, from: start) {
            try complete(chunk[start..<end], endingBytes: 1, line: line, tooLong: tooLong)
            start = end + 1
        }
        carry(chunk[start...])
    }

    /// Gives the last line, if it has no newline.
    package mutating func finish(line: OnLine, tooLong: OnTooLong) throws {
        carry(mark.takeBroken())
        guard carriedBytes > 0 else { return }
        try complete([], endingBytes: 0, line: line, tooLong: tooLong)
    }

    /// What is kept from one chunk to the next.
    var heldBytes: Int { carry.count }

    private static func newline(in chunk: [UInt8], from start: Int) -> Int? {
        let bytes = chunk.span
        var index = start
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "\n") { return index }
            index += 1
        }
        return nil
    }

    private mutating func complete(
        _ piece: ArraySlice<UInt8>, endingBytes: Int, line: OnLine, tooLong: OnTooLong
    ) throws {
        let position = LinePosition(number: number, offset: offset)
        number += 1
        offset += carriedBytes + piece.count + endingBytes
        guard carriedBytes > 0 else { return try deliver(piece, at: position, line: line, tooLong: tooLong) }
        carry(piece)
        let isDropped = carry.count < carriedBytes
        carriedBytes = 0
        guard !isDropped else { return try tooLong(position) }
        try deliver(carry[...], at: position, line: line, tooLong: tooLong)
        carry.removeAll(keepingCapacity: true)
    }

    private mutating func carry(_ piece: ArraySlice<UInt8>) {
        let isDropped = carry.count < carriedBytes
        carriedBytes += piece.count
        // A carriage return may turn out to be part of the line's ending.
        if isDropped || carriedBytes > lineBytesMax + 1 {
            carry = []
        } else {
            carry += piece
        }
    }

    private func deliver(
        _ bytes: ArraySlice<UInt8>, at position: LinePosition, line: OnLine, tooLong: OnTooLong
    ) throws {
        var content = bytes
        if content.last == UInt8(ascii: "\r") { content.removeLast() }
        guard content.count <= lineBytesMax else { return try tooLong(position) }
        try line(position, content)
    }
}

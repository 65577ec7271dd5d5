/// Passes over a UTF-8 byte order mark at the start of a stream, also where chunks cut it.
struct ByteOrderMark {
    static let bytes: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// Whether the stream began with one.
    private(set) var isFound = false
    private var matched = 0
    private var isDecided: Bool

    /// - Parameter isAtStart: whether the stream begins with its first byte.
    init(isAtStart: Bool = true) { isDecided = !isAtStart }

    /// Where the text begins in this chunk.
    mutating func skip(in chunk: [UInt8]) -> Int {
        var index = 0
        while !isDecided && index < chunk.count {
            guard chunk[index] == Self.bytes[matched] else {
                isDecided = true
                break
            }
            matched += 1
            index += 1
            if matched == Self.bytes.count {
                matched = 0
                isDecided = true
                isFound = true
            }
        }
        return index
    }

    /// The bytes that were passed over although no mark came of them; once.
    mutating func takeBroken() -> ArraySlice<UInt8> {
        defer { matched = 0 }
        return Self.bytes[..<matched]
    }
}

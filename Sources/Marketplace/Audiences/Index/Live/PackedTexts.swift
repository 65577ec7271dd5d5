import AudienceIndex

/// Lists of texts as bytes: for each list its length, then each text with its own, in four bytes each.
struct PackedTexts {
    private(set) var bytes: [UInt8] = []
    private var place = 0

    init() {}

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func put(_ texts: [String]) {
        put(texts.count)
        for text in texts {
            put(text.utf8.count)
            bytes += text.utf8
        }
    }

    /// The next list.
    mutating func texts() throws(IndexFile.Fault) -> [String] {
        let count = try number()
        var texts: [String] = []
        for _ in 0..<count {
            let length = try number()
            guard length <= bytes.count - place else { throw .damaged }
            texts.append(String(decoding: bytes[place..<place + length], as: UTF8.self))
            place += length
        }
        return texts
    }

    private mutating func put(_ number: Int) {
        for shift in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    private mutating func number() throws(IndexFile.Fault) -> Int {
        guard bytes.count - place >= 4 else { throw .damaged }
        defer { place += 4 }
        return (0..<4).reduce(0) { $0 | Int(bytes[place + $1]) << ($1 * 8) }
    }
}

extension String {
    /// The text of well-formed UTF-8; nil of anything else. `String(validating:)` says the same, but looks its types up at run
    /// time for each text, which was much of the time in which a JSON string was read (Swift 6.3).
    package init?(wellFormed bytes: ArraySlice<UInt8>) {
        let text = String(decoding: bytes, as: UTF8.self)
        // What is not well-formed was repaired, and is no more what it was.
        guard bytes.allSatisfy({ $0 < 0x80 }) || text.utf8.elementsEqual(bytes) else { return nil }
        self = text
    }
}

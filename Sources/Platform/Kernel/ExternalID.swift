@_spi(_Unicode) import Swift

/// The retailer's own id of a store, product, shopper or receipt: its text, 1 to 128 bytes of UTF-8 in normal form C,
/// without control characters. In that form texts are equal, and in order, as their bytes are, which is how PostgreSQL compares
/// under `COLLATE "C"`.
package struct ExternalID: Sendable {
    package static let bytesMax = 128

    package let text: String

    package enum Refusal: String, Error {
        case empty, tooLong = "too_long", controlCharacter = "control_character", notNormalFormC = "not_nfc"
    }

    package init(_ text: String) throws(Refusal) {
        guard !text.isEmpty else { throw .empty }
        guard text.utf8.count <= Self.bytesMax else { throw .tooLong }
        if text.utf8.contains(where: { $0 >= 0x80 }) {
            guard text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
                throw .controlCharacter
            }
            guard text.unicodeScalars.elementsEqual(text._nfc) else { throw .notNormalFormC }
        } else {
            guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { throw .controlCharacter }
        }
        self.text = text
    }

    /// An id that PostgreSQL gave back: it was checked on its way in.
    package init(stored text: String) {
        self.text = text
    }
}

extension ExternalID: Hashable, Comparable, CustomStringConvertible {
    package static func == (left: Self, right: Self) -> Bool { left.text == right.text }

    package static func < (left: Self, right: Self) -> Bool { left.text < right.text }

    package func hash(into hasher: inout Hasher) { hasher.combine(text) }

    package var description: String { text }
}

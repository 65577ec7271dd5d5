import Kernel
import Testing

/// Ids as retailers write them.
@Suite struct ExternalIDTests {
    /// Characters of one to four bytes, some of which UTF-16 puts in another order.
    private static let characters = ["a", "Z", "~", "0", "é", "ж", "€", "\u{E000}", "\u{FFFD}", "😀", "𝒳"]

    @Test func `ids are in the order of their bytes, as PostgreSQL has them, and equal where those are`() throws {
        let texts = Self.characters + Self.characters.flatMap { first in Self.characters.map { first + $0 } }
        let ids = try texts.map { text in try ExternalID(text) }
        for one in ids {
            for other in ids {
                let (left, right) = (Array(one.text.utf8), Array(other.text.utf8))
                #expect((one == other) == (left == right), "\(one) \(other)")
                #expect((one < other) == left.lexicographicallyPrecedes(right), "\(one) \(other)")
            }
        }
    }
}

import Kernel
import TestSupport
import Testing

@testable import Checkout

@Suite struct QuoteTokenTests {
    private let key = QuoteKey([UInt8](repeating: 7, count: 32))

    private let token = QuoteToken(
        retailer: RetailerID(Identifier(high: 1, low: 2)), quotedAt: Instant("2026-03-02T12:00:00.000001Z")!, store: 70_000,
        shopperKey: 4_000_000_000,
        discounts: [
            .init(
                lineNo: 3, campaign: Identifier(high: .max, low: 9), version: 2, product: 88, quantityMilli: 5_000, units: 4,
                amountMinor: 1_000_000_000_000)
        ])

    @Test func `a token comes back as it was given out`() {
        #expect(QuoteToken(token.text(signedWith: key), signedWith: key) == token)
    }

    @Test func `a token with any one character changed is refused`() {
        let text = token.text(signedWith: key)
        for index in text.indices {
            var changed = text
            changed.replaceSubrange(index...index, with: text[index] == "A" ? "B" : "A")
            #expect(
                QuoteToken(changed, signedWith: key) != token || changed == text,
                "at \(text.distance(from: text.startIndex, to: index))")
        }
    }

    @Test func `while the key is changed a token of the previous one is accepted, and the new one signs`() {
        let old = QuoteKey([UInt8](repeating: 8, count: 32))
        let both = QuoteKey([UInt8](repeating: 7, count: 32), previous: [UInt8](repeating: 8, count: 32))
        #expect(QuoteToken(token.text(signedWith: old), signedWith: both) == token)
        #expect(QuoteToken(token.text(signedWith: both), signedWith: key) == token)
        #expect(QuoteToken(token.text(signedWith: both), signedWith: old) == nil)
        let (shopper, retailer) = (ExternalID(stored: "h1"), token.retailer)
        #expect(
            both.strangerKeys(of: shopper, at: retailer)
                == [key.strangerKey(of: shopper, at: retailer), old.strangerKey(of: shopper, at: retailer)])
    }

    @Test func `a token of another key, a cut one and an empty one are refused`() {
        let text = token.text(signedWith: key)
        #expect(QuoteToken(text, signedWith: QuoteKey([UInt8](repeating: 8, count: 32))) == nil)
        #expect(QuoteToken(String(text.dropLast(4)), signedWith: key) == nil)
        #expect(QuoteToken("", signedWith: key) == nil)
        #expect(QuoteToken("qt2_", signedWith: key) == nil)
    }
}

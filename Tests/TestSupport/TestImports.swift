package import Checkout
package import Receipts

extension QuoteKey {
    /// The server's, in tests.
    package static let test = QuoteKey([UInt8](repeating: 42, count: 32))
}

extension ReceiptImport {
    /// As a test market's server makes it.
    package static var test: ReceiptImport { ReceiptImport(PostInBulk(key: .test)) }
}

import Campaigns
import HTTPSupport
package import Kernel

/// A quote without a hold, as the till brings it back with the receipt: it stands nowhere, any node checks it (DOMAIN 7).
/// Binary content and its HMAC-SHA256 under a server key, in base64url. Valid for 24 hours from the quote.
package struct QuoteToken: Sendable, Hashable {
    package static let validSeconds: Int64 = 24 * 3600
    package static let prefix = "qt2_"

    package let retailer: RetailerID
    package let quotedAt: Instant
    package let store: Int32
    /// 0: no shopper was named; below 0: one whom nobody knew yet (`QuoteKey.strangerKey`).
    package let shopperKey: Int64
    package let discounts: [Discount]

    package struct Discount: Sendable, Hashable {
        package let lineNo: Int32
        package let campaign: Identifier
        package let version: Int64
        package let product: Int32
        /// Of the whole line, discounted or not.
        package let quantityMilli: Int64
        /// Those that are discounted.
        package let units: Int64
        package let amountMinor: Int64

        package init(
            lineNo: Int32, campaign: Identifier, version: Int64, product: Int32, quantityMilli: Int64, units: Int64,
            amountMinor: Int64
        ) {
            self.lineNo = lineNo
            self.campaign = campaign
            self.version = version
            self.product = product
            self.quantityMilli = quantityMilli
            self.units = units
            self.amountMinor = amountMinor
        }
    }

    package init(retailer: RetailerID, quotedAt: Instant, store: Int32, shopperKey: Int64, discounts: [Discount]) {
        self.retailer = retailer
        self.quotedAt = quotedAt
        self.store = store
        self.shopperKey = shopperKey
        self.discounts = discounts
    }

    /// The text of the token under a key.
    package func text(signedWith key: QuoteKey) -> String {
        let content = content
        return Self.prefix + Base64URL.encode(content + key.signature(of: content))
    }

    /// Reads a token back; nil where it was not signed with the key.
    package init?(_ text: String, signedWith key: QuoteKey) {
        guard text.hasPrefix(Self.prefix), let bytes = Base64URL.decode(String(text.dropFirst(Self.prefix.count))),
            bytes.count > QuoteKey.signatureBytes
        else { return nil }
        let content = Array(bytes.dropLast(QuoteKey.signatureBytes))
        guard key.accepts(Array(bytes.suffix(QuoteKey.signatureBytes)), for: content) else { return nil }
        var reader = TokenReader(content)
        guard let retailer = reader.identifier(), let quotedAt = reader.integer(8), let store = reader.integer(4),
            let shopper = reader.integer(8), let count = reader.integer(2)
        else { return nil }
        var discounts: [Discount] = []
        for _ in 0..<count {
            guard let discount = Discount(from: &reader) else { return nil }
            discounts.append(discount)
        }
        guard reader.isAtEnd else { return nil }
        self.init(
            retailer: RetailerID(retailer), quotedAt: Instant(microseconds: quotedAt), store: Int32(truncatingIfNeeded: store),
            shopperKey: shopper, discounts: discounts)
    }

    private var content: [UInt8] {
        var bytes = retailer.value.bytes
        bytes.append(quotedAt.microseconds, bytes: 8)
        bytes.append(Int64(store), bytes: 4)
        bytes.append(shopperKey, bytes: 8)
        bytes.append(Int64(discounts.count), bytes: 2)
        for discount in discounts { discount.write(to: &bytes) }
        return bytes
    }
}

extension QuoteToken.Discount {
    fileprivate func write(to bytes: inout [UInt8]) {
        bytes.append(Int64(lineNo), bytes: 4)
        bytes += campaign.bytes
        bytes.append(version, bytes: 4)
        bytes.append(Int64(product), bytes: 4)
        bytes.append(quantityMilli, bytes: 8)
        bytes.append(units, bytes: 4)
        bytes.append(amountMinor, bytes: 8)
    }

    fileprivate init?(from reader: inout TokenReader) {
        guard let lineNo = reader.integer(4), let campaign = reader.identifier(), let version = reader.integer(4),
            let product = reader.integer(4), let quantity = reader.integer(8), let units = reader.integer(4),
            let amount = reader.integer(8)
        else { return nil }
        self.init(
            lineNo: Int32(truncatingIfNeeded: lineNo), campaign: campaign, version: version,
            product: Int32(truncatingIfNeeded: product), quantityMilli: quantity, units: units, amountMinor: amount)
    }
}

/// Reads the content of a token from its front. Integers are big-endian; those of 8 bytes keep their sign.
private struct TokenReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func integer(_ count: Int) -> Int64? {
        guard rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return Int64(bitPattern: rest.prefix(count).reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }

    mutating func identifier() -> Identifier? {
        guard rest.count >= 16 else { return nil }
        defer { rest = rest.dropFirst(16) }
        return Identifier(bytes: rest.prefix(16))
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ value: Int64, bytes count: Int) {
        for index in (0..<count).reversed() { append(UInt8(truncatingIfNeeded: value >> (8 * Int64(index)))) }
    }
}
